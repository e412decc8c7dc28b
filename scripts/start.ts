import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Stack, startStack } from '@ticket-queue/stack'
import { adminEmail, buyerEmail, type Demo, loadDemo } from './demo/load-demo.ts'
import { banner } from './start/banner.ts'
import { createBoard } from './start/board.ts'
import { restartOnChange } from './start/restart-on-change.ts'
import { mustBeFree } from './system/ports-in-use.ts'
import { keptSecrets } from './system/secrets.ts'
import { createAccount, type System, startSystem } from './system/start-system.ts'
import { defaultPorts } from './system/topology.ts'

const root = dirname(import.meta.dirname)
const directory = process.env['STACK_DIRECTORY'] ?? join(root, '.stack', 'dev')
const bcryptCost = Number(process.env['BCRYPT_COST'] ?? 6)
const watching = process.argv.includes('--watch')
const board = createBoard(process.stdout)
const stopping = new AbortController()

process.on('SIGINT', () => stopping.abort())
process.on('SIGTERM', () => stopping.abort())
process.on('disconnect', () => stopping.abort())

const begunAt = performance.now()
let stack: Stack | undefined
let system: System | undefined
let running: Running | undefined
const pids = new Map<string, number | undefined>()
try {
  await mustBeFree(defaultPorts)
  const secrets = keptSecrets(join(directory, 'secrets.json'), process.env)
  stack = await startStack({
    directory,
    signal: stopping.signal,
    onProgress: ({ name, state, ms }) => {
      if (!running) board.show('stores', name, state, ms)
      else if (!stopping.signal.aborted)
        board.say(`${name}: ${state}. Stores are not started again by themselves: stop and start.`)
    },
  })
  system = await startSystem({
    root,
    ownerUrl: stack.databaseUrl,
    redisUrl: stack.redisUrl,
    kafkaBrokers: stack.kafkaBrokers,
    redisKeyPrefix: '',
    topicPrefix: '',
    ports: defaultPorts,
    secrets,
    bcryptCost,
    directory,
    settings: passedOn(process.env),
    onProgress: (step, state, ms) => board.show('services', step, state, ms),
    onStart: ({ name, pid }) => {
      pids.set(name, pid)
      if (running) writeSystemFile(running)
    },
    onExit: ({ name, code, signal, restartInMs }) =>
      board.say(
        `${name} ended (${signal ?? `exit ${code}`}); starting it again in ${restartInMs} ms. Log: ${join(directory, 'logs', `${name}.log`)}`,
      ),
  })
  const demo = await board.step('demo', 'accounts and events', () => prepareDemo(system as System))
  running = { system, stack, demo }
  writeSystemFile(running)
  board.end()
  process.stdout.write(
    banner({ system, stack, demo, directory, bcryptCost, seconds: (performance.now() - begunAt) / 1000 }),
  )
  if (watching) restartOnChange({ root, system, say: board.say, signal: stopping.signal })
  await untilAborted(stopping.signal)
  process.stdout.write('\n  Stopping …\n')
} catch (error) {
  board.end()
  process.stderr.write(`\n  ${error instanceof Error ? error.message : String(error)}\n\n`)
  process.exitCode = 1
} finally {
  await system?.stop()
  await stack?.stop()
  if (process.exitCode === undefined)
    process.stdout.write('  Stopped. Data is kept in .stack; `npm run stack reset` wipes it.\n')
}
process.exit()

async function prepareDemo(prepared: System): Promise<Demo> {
  const { secrets } = prepared.plan
  await Promise.all([
    createAccount(prepared, { root, email: adminEmail, password: secrets.adminPassword, role: 'ADMIN' }),
    createAccount(prepared, { root, email: buyerEmail, password: secrets.buyerPassword, role: 'USER' }),
  ])
  return loadDemo(prepared.gatewayUrl, secrets.adminPassword)
}

interface Running {
  readonly system: System
  readonly stack: Stack
  readonly demo: Demo
}

/** What the crowd and the benchmarks need to find this system, process IDs of the moment included; secrets stay beside it. */
function writeSystemFile({ system: started, stack: stores, demo }: Running): void {
  mkdirSync(directory, { recursive: true })
  const facts = {
    pid: process.pid,
    gatewayUrl: started.gatewayUrl,
    sandboxUrl: started.sandboxUrl,
    databaseUrl: stores.databaseUrl,
    redisUrl: stores.redisUrl,
    kafkaBrokers: stores.kafkaBrokers,
    demo,
    processes: Object.fromEntries(pids),
  }
  writeFileSync(join(directory, 'system.json'), JSON.stringify(facts, null, 2), { mode: 0o600 })
}

/** Settings that a developer may change for one start: HOLD_SECONDS=20 npm start. */
function passedOn(environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = ['HOLD_SECONDS', 'LOG_LEVEL', 'FIRST_CHECK_SECONDS', 'PORTONE_TIMEOUT_MS', 'PORTONE_BREAKER_RESET_MS']
  return Object.fromEntries(names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])))
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  // The timer keeps the process alive: every other handle here is unreferenced on purpose.
  const alive = setInterval(() => {}, 60_000)
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => {
      clearInterval(alive)
      resolve()
    }),
  )
}
