import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeeperOptions, KeeperReport, KeeperRequest, StoreRecord } from './keeper-protocol.ts'
import type { OnProgress, StoreName } from './stores.ts'

/** The owner's side of a keeper. */
export interface KeeperClient {
  /** Starts an embedded server; resolves with its address, rejects with one sentence. */
  start(name: StoreName): Promise<string>
  /** Ends an embedded server as a crash would; resolves when it is gone. `start` brings it back. */
  crash(name: StoreName): Promise<void>
  /** Notes in the directory's state where a store of another provider answers. */
  record(store: StoreRecord): void
  /** Lets the owner's process end by itself although the stack runs; the stack then ends too. */
  letOwnerEnd(): void
  /** Resolves when all servers have ended and the directory is free. */
  stop(): Promise<void>
}

interface Waiter {
  resolve(answer: string): void
  reject(error: Error): void
}

const keeperProgram = fileURLToPath(new URL('./keeper.main.ts', import.meta.url))

function launch(options: KeeperOptions): ChildProcess {
  mkdirSync(options.directory, { recursive: true })
  const log = openSync(join(options.directory, 'keeper.log'), 'a')
  try {
    const { NODE_OPTIONS: _ofTheOwner, ...env } = process.env
    // A session of its own keeps Ctrl-C from it; the channel tells it of the owner's end, even by SIGKILL.
    const args = ['--disable-warning=ExperimentalWarning', keeperProgram, JSON.stringify(options)]
    return spawn(process.execPath, args, { detached: true, env, stdio: ['ignore', log, log, 'ipc'] })
  } finally {
    closeSync(log)
  }
}

/** Starts a keeper and waits until it holds the directory; rejects when another stack runs there. */
export async function openKeeper(options: KeeperOptions, onProgress: OnProgress): Promise<KeeperClient> {
  const child = launch(options)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<StoreName | 'claim', Waiter>()
  const settle = (name: StoreName | 'claim', answer: string | Error) => {
    const waiter = waiting.get(name)
    waiting.delete(name)
    if (answer instanceof Error) waiter?.reject(answer)
    else waiter?.resolve(answer)
  }
  const failAll = (sentence: string) => {
    for (const name of [...waiting.keys()]) settle(name, new Error(sentence))
  }
  const ask = (name: StoreName | 'claim', request?: KeeperRequest) =>
    new Promise<string>((resolve, reject) => {
      waiting.set(name, { resolve, reject })
      if (request !== undefined) send(request)
    })
  const send = (request: KeeperRequest) => {
    if (child.connected) child.send(request, () => {})
    else failAll('The stack is stopping.')
  }

  child.on('message', (report: KeeperReport) => {
    if (report.kind === 'progress') onProgress(report.progress)
    else if (report.kind === 'claimed') settle('claim', '')
    else if (report.kind === 'refused') settle('claim', new Error(report.message))
    else if (report.kind === 'failed') settle(report.name, new Error(report.message))
    else settle(report.name, report.kind === 'started' ? report.address : '')
  })
  child.on('error', (error) => failAll(`The stack's keeper did not start: ${error.message}`))
  child.once('exit', () => failAll(`The stack ended; see ${join(options.directory, 'keeper.log')}.`))

  await ask('claim').catch((error: unknown) => {
    if (child.connected) child.disconnect()
    throw error
  })
  return {
    start: (name) => ask(name, { kind: 'start', name }),
    crash: async (name) => void (await ask(name, { kind: 'crash', name })),
    record: (store) => send({ kind: 'record', store }),
    letOwnerEnd() {
      child.unref()
      child.channel?.unref()
    },
    async stop() {
      child.ref()
      send({ kind: 'stop' })
      await exited
    },
  }
}
