import { ConfigError, type LogLevel } from '../config.ts'
import { createReadiness, type Readiness } from '../health/readiness.ts'
import { startSideServer } from '../health/side-server.ts'
import { createLog, type Log } from '../log.ts'
import { createMetrics, type Metrics } from '../metrics.ts'
import { createOwned, type Owned } from './owned.ts'

type ServerSettings = { HOST: string; SIDE_PORT: number; LOG_LEVEL: LogLevel }

export type Service<Config> = {
  config: Config
  log: Log
  metrics: Metrics
  ready: Readiness
  /** Keeps something that is open and gives it back; when the service stops, the last kept is closed first. */
  own: Owned['own']
}

const stopMs = 10_000

/**
 * Runs a service from its first line to its last: reads the settings, opens the side port, calls `start`.
 * SIGTERM, SIGINT or the loss of the parent's IPC channel make it unready and then close what it owns in reverse order,
 * within ten seconds (else it ends with code 1). Settings that cannot be used, a start that fails and an error nobody
 * caught are reported once and end the process with code 1.
 */
export async function runService<Config extends ServerSettings>(
  name: string,
  readConfig: () => Config,
  start: (service: Service<Config>) => Promise<unknown>,
): Promise<void> {
  const config = readOrExit(name, readConfig)
  const log = createLog(name, config.LOG_LEVEL)
  endOnUncaught(log)
  const metrics = createMetrics(name, { runtime: true })
  const readiness = createReadiness(log)
  const owned = createOwned(log)

  const run = async () => {
    const side = owned.own(await startSideServer({ host: config.HOST, port: config.SIDE_PORT, readiness, metrics }))
    await start({ config, log, metrics, ready: readiness, own: owned.own })
    readiness.started()
    return side.port
  }
  const running = run()
  stopOnSignals(log, async () => {
    readiness.stopping()
    await running.catch(() => null)
    await owned.close()
  })
  try {
    const sidePort = await running
    log.info({ sidePort }, 'service started')
    tellParent({ state: 'ready', service: name })
  } catch (error) {
    log.fatal({ err: error }, 'service could not start')
    await withDeadline(owned.close())
    process.exit(1)
  }
}

function readOrExit<Config>(name: string, readConfig: () => Config): Config {
  try {
    return readConfig()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${name} cannot start. ${error.message}\n`)
    return process.exit(1)
  }
}

function tellParent(message: object): void {
  // A parent that has just gone is noticed by its disconnect, not by this message failing.
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

function endOnUncaught(log: Log): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'an error that nobody caught ends the service')
    process.exit(1)
  })
}

function stopOnSignals(log: Log, stop: () => Promise<void>): void {
  let stopping = false
  const stopOnce = async (reason: string) => {
    if (stopping) return
    stopping = true
    log.info({ reason }, 'service stopping')
    const stopped = await withDeadline(stop())
    if (stopped) log.info('service stopped')
    else log.error({ stopMs }, 'service did not stop in time')
    process.exit(stopped ? 0 : 1)
  }
  process.on('SIGTERM', () => void stopOnce('SIGTERM'))
  process.on('SIGINT', () => void stopOnce('SIGINT'))
  if (process.channel !== undefined) process.on('disconnect', () => void stopOnce('parent gone'))
}

async function withDeadline(work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), stopMs)
  const done = await Promise.race([work.then(() => true), late])
  clearTimeout(timer)
  return done
}
