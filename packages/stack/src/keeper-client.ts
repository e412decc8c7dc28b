import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeeperOptions, KeeperReport, KeeperRequest } from './keeper-protocol.ts'
import type { OnProgress, Provider, StoreName } from './stores.ts'

/** The owner's side of a keeper. */
export interface KeeperClient {
  /** Starts an embedded server; resolves with its address, rejects with one sentence. */
  start(name: StoreName): Promise<string>
  /** Notes in the directory's state where a store of another provider answers. */
  record(name: StoreName, provider: Provider, address: string): void
  /** Resolves when all servers have ended and the directory is free. */
  stop(): Promise<void>
}

const keeperProgram = fileURLToPath(new URL('./keeper-main.ts', import.meta.url))

/**
 * Starts a keeper and waits until it holds the directory; rejects when another stack runs there. The keeper has its own
 * session, so that Ctrl-C reaches the owner only, and sees the owner's end, even by SIGKILL, as the end of their channel.
 */
export async function openKeeper(options: KeeperOptions, onProgress: OnProgress): Promise<KeeperClient> {
  mkdirSync(options.directory, { recursive: true })
  const log = openSync(join(options.directory, 'keeper.log'), 'a')
  const { NODE_OPTIONS: _ownOptions, ...env } = process.env
  const child = spawn(process.execPath, [keeperProgram, JSON.stringify(options)], {
    detached: true,
    env,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const waiting = new Map<StoreName, { resolve(address: string): void; reject(error: Error): void }>()
  let opened: { resolve(): void; reject(error: Error): void } | null = null

  child.on('message', (report: KeeperReport) => {
    if (report.kind === 'claimed') opened?.resolve()
    else if (report.kind === 'refused') opened?.reject(new Error(report.message))
    else if (report.kind === 'started') waiting.get(report.name)?.resolve(report.address)
    else if (report.kind === 'failed') waiting.get(report.name)?.reject(new Error(report.message))
    else {
      const { kind: _kind, ...progress } = report
      onProgress(progress)
    }
  })
  const fail = (reason: string) => {
    const error = new Error(`${reason}; see ${join(options.directory, 'keeper.log')}.`)
    opened?.reject(error)
    for (const { reject } of waiting.values()) reject(error)
  }
  child.once('error', (error) => fail(`The stack's keeper did not start: ${error.message}`))
  child.once('exit', () => fail('The stack ended while starting'))

  const send = (request: KeeperRequest) => {
    if (child.connected) child.send(request)
  }
  await new Promise<void>((resolve, reject) => {
    opened = { resolve, reject }
  }).catch((error: unknown) => {
    if (child.connected) child.disconnect()
    throw error
  })
  return {
    start: (name) =>
      new Promise((resolve, reject) => {
        waiting.set(name, { resolve, reject })
        send({ kind: 'start', name })
      }),
    record: (name, provider, address) => send({ kind: 'record', name, provider, address }),
    async stop() {
      send({ kind: 'stop' })
      await exited
    },
  }
}
