import { resolve } from 'node:path'
import { currentClaim } from './claim.ts'
import { readStackConfig, variableOf } from './config.ts'
import { isRunning } from './process-identity.ts'
import { resetStack } from './reset-stack.ts'
import { startStack } from './start-stack.ts'
import { readState } from './state.ts'
import { storeNames } from './stores.ts'

const usage = `Usage: pnpm stack <command>
  status   says what runs and where
  start    starts the three stores alone and keeps them until Ctrl-C
  reset    removes all data; refused while the stack runs`

function printStatus(directory: string): void {
  const { given } = readStackConfig(process.env)
  const claim = currentClaim(directory)
  const { addresses, madeBy, servers } = readState(directory)
  console.log(
    claim === null ? `Not running (${directory})` : `Running, started by process ${claim.ownerPid} (${directory})`,
  )
  for (const name of storeNames) {
    const server = servers[name]
    const address = given[name] ?? addresses[name]
    if (given[name] !== undefined) console.log(`  ${name.padEnd(9)} ${address}  (given by ${variableOf(name)})`)
    else if (address === undefined) console.log(`  ${name.padEnd(9)} never started`)
    else {
      const embedded = server !== undefined && isRunning(server) ? `process ${server.pid}` : 'stopped'
      const inDocker = claim === null ? 'stopped' : 'in Docker'
      console.log(`  ${name.padEnd(9)} ${address}  (${madeBy[name] === 'docker' ? inDocker : embedded})`)
    }
  }
}

async function keepRunning(directory: string): Promise<void> {
  const told = new AbortController()
  const end = () => told.abort(new Error('Stopped before all stores were ready.'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  const stack = await startStack({
    directory,
    signal: told.signal,
    onProgress: ({ name, state, detail, ms }) => console.log(`  ${name.padEnd(9)} ${state} ${detail ?? ''} ${ms} ms`),
  })
  console.log(`DATABASE_URL=${stack.databaseUrl}`)
  console.log(`REDIS_URL=${stack.redisUrl}`)
  console.log(`KAFKA_BROKERS=${stack.kafkaBrokers.join(',')}`)
  // The timer keeps the process alive: a running stack by itself does not.
  const alive = setInterval(() => {}, 60_000)
  if (!told.signal.aborted) await new Promise((stopped) => told.signal.addEventListener('abort', stopped))
  clearInterval(alive)
  await stack.stop()
}

/** Runs `pnpm stack <command>` for the stack in `directory` and gives the exit code. */
export async function runStackCommand(argv: string[], directory: string): Promise<number> {
  const path = resolve(directory)
  const [command = 'status'] = argv
  try {
    if (command === 'status') printStatus(path)
    else if (command === 'start') await keepRunning(path)
    else if (command === 'reset') {
      await resetStack(path)
      console.log(`All data removed (${path})`)
    } else {
      console.error(usage)
      return 2
    }
    return 0
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return 1
  }
}
