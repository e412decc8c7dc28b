import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { buyerEmail } from '@ticket-queue/scripts/demo'
import { defaultPorts } from '@ticket-queue/scripts/topology'
import { z } from 'zod'
import { isRunning, type ProcessFacts, readProcesses, treeOf } from '../processes.ts'

const factsSchema = z.object({
  pid: z.int(),
  gatewayUrl: z.url(),
  sandboxUrl: z.url(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  demo: z.object({ events: z.array(z.object({ key: z.string(), scheduleId: z.uuid() })) }),
})

const secretsSchema = z.object({ buyerPassword: z.string() })

export interface RunningStart {
  /** What it has written about itself. */
  readonly facts: z.infer<typeof factsSchema>
  /** The demo event on sale. */
  readonly scheduleId: string
  /** From calling npm until a buyer's call to enter the queue was granted. */
  readonly seconds: number
  processes(): ProcessFacts[]
  stop(): Promise<void>
}

const startTimeoutMs = 180_000
const stopTimeoutMs = 40_000
const lookEveryMs = 50
const shownCharacters = 4_000

/** Runs `npm start` with its data in `directory` until a buyer may enter the queue; rejects when it ends or takes too long. */
export async function runNpmStart(root: string, directory: string): Promise<RunningStart> {
  await portsMustBeFree()
  const startedAt = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, STACK_DIRECTORY: directory },
  })
  let printed = ''
  const keep = (chunk: Buffer) => {
    printed = `${printed}${chunk}`.slice(-shownCharacters)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const processes = () => treeOf(child.pid ?? 0, readProcesses())
  try {
    const { facts, scheduleId } = await firstPurchasePossible(child, directory, () => printed)
    const seconds = (performance.now() - startedAt) / 1_000
    return { facts, scheduleId, seconds, processes, stop: () => stop(child, processes) }
  } catch (error) {
    await stop(child, processes)
    throw error
  }
}

async function firstPurchasePossible(child: ChildProcess, directory: string, printed: () => string) {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const facts = readFacts(directory)
    // An earlier start has left its facts behind.
    if (facts !== null && isRunning(facts.pid)) {
      const onSale = facts.demo.events.find((event) => event.key === 'onSale')
      if (!onSale) throw new Error('npm start has no event on sale')
      const { buyerPassword } = secretsSchema.parse(JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8')))
      const token = await logIn(facts.gatewayUrl, buyerEmail, buyerPassword)
      await apiAt(facts.gatewayUrl, token)('POST', '/queue/enter', { scheduleId: onSale.scheduleId })
      return { facts, scheduleId: onSale.scheduleId }
    }
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${printed()}`)
    if (performance.now() > deadline) throw new Error(`npm start is not ready:\n${printed()}`)
    await pause(lookEveryMs)
  }
}

function readFacts(directory: string): RunningStart['facts'] | null {
  const file = join(directory, 'system.json')
  if (!existsSync(file)) return null
  try {
    return factsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // It is being written just now.
    return null
  }
}

async function portsMustBeFree(): Promise<void> {
  for (const [name, port] of Object.entries(defaultPorts)) {
    if (!(await isFree(port))) {
      throw new Error(`Port ${port} (${name}) is taken: stop the system that runs here, npm start needs it.`)
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

async function stop(child: ChildProcess, processes: () => ProcessFacts[]): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const own = processes()
  // npm does not pass every signal on: the script itself is told.
  const script = own.find(({ command }) => command.includes('scripts/start.ts'))
  process.kill(script?.pid ?? child.pid ?? 0, 'SIGTERM')
  const late = setTimeout(() => {
    for (const { pid } of own.toReversed()) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  }, stopTimeoutMs)
  await ended
  clearTimeout(late)
}
