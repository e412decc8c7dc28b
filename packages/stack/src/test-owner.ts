import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitUntil } from '@ticket-queue/testing'
import { inject, onTestFinished } from 'vitest'
import { currentClaim } from './claim.ts'
import { resetStack } from './reset-stack.ts'
import type { Stack, StackOptions } from './start-stack.ts'
import type { Progress } from './stores.ts'

/** A stack whose owner is a process of its own. */
export interface OwnedStack extends Pick<Stack, 'databaseUrl' | 'redisUrl' | 'kafkaBrokers' | 'provider'> {
  ownerPid: number
  progress: Progress[]
  stop(): Promise<void>
}

const ownerProgram = fileURLToPath(new URL('./test-owner.main.ts', import.meta.url))

const embedded = { STACK_PROVIDER: 'embedded' }

/** The environment of an owner that starts no Kafka, the slowest of the three, because it is given that of the run. */
export function withoutKafka(): NodeJS.ProcessEnv {
  const none = { STACK_PROVIDER: '', DATABASE_URL: '', REDIS_URL: '', DOCKER_HOST: 'unix:///nowhere/engine.sock' }
  return { ...none, KAFKA_BROKERS: inject('stack').kafkaBrokers.join(',') }
}

/** A directory for one test's stack; afterwards whatever still runs there is ended and the directory removed. */
export function stackDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'stack-'))
  onTestFinished(async () => {
    const claim = existsSync(directory) ? currentClaim(directory) : null
    if (claim !== null) process.kill(claim.keeper.pid, 'SIGKILL')
    // A process that is ending has no command line any more and still counts as running.
    await waitUntil(() => currentClaim(directory) === null, { timeoutMs: 15_000 })
    await resetStack(directory)
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** Starts the owner without waiting for its stack. */
export function spawnOwner(options: StackOptions, env: NodeJS.ProcessEnv = embedded): ChildProcess {
  const owner = spawn(process.execPath, [ownerProgram, JSON.stringify(options)], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  onTestFinished(() => {
    owner.kill('SIGKILL')
  })
  return owner
}

/** Starts a stack in a process of its own; rejects with the sentence that `startStack` rejected with. */
export function startOwned(options: StackOptions, env?: NodeJS.ProcessEnv): Promise<OwnedStack> {
  const owner = spawnOwner(options, env)
  const progress: Progress[] = []
  const exited = new Promise<void>((resolve) => owner.once('exit', () => resolve()))
  return new Promise((resolve, reject) => {
    owner.on('message', (message: { progress?: Progress; stack?: OwnedStack; failure?: string }) => {
      if (message.progress !== undefined) progress.push(message.progress)
      if (message.failure !== undefined) {
        owner.disconnect()
        reject(new Error(message.failure))
      }
      if (message.stack !== undefined) {
        const stop = () => {
          owner.send('stop')
          return exited
        }
        resolve({ ...message.stack, ownerPid: owner.pid ?? 0, progress, stop })
      }
    })
    owner.once('exit', () => reject(new Error('the owner ended')))
  })
}

/** The processes that work in a directory or were started with its name: on Linux all of a stack's, elsewhere none. */
export function processesIn(directory: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const mentions = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)
        return mentions || readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
      } catch {
        return false
      }
    })
    .map(Number)
}
