import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readStackConfig, type StackConfig } from './config.ts'
import { createDockerStores, type DockerStores } from './docker/docker-stores.ts'
import { dockerAnswers } from './docker/probe.ts'
import { checkGivenStore } from './given-stores.ts'
import { type KeeperClient, openKeeper } from './keeper-client.ts'
import { readState } from './state.ts'
import { type OnProgress, type Ports, type Provider, type StoreName, storeNames } from './stores.ts'

/** Running stores; `stop` ends those that this stack started and leaves those given by an address alone. */
export interface Stack {
  /** URL of the owner, a superuser when we made the server, to the database `ticketing`. */
  databaseUrl: string
  redisUrl: string
  /** Bootstrap servers, `host:port`. */
  kafkaBrokers: string[]
  provider: Record<StoreName, Provider>
  /** Ends an embedded store as a crash would, and leaves it so; rejects for a store of another provider. */
  crash(name: StoreName): Promise<void>
  /** Brings a store back that has crashed, with its data at its old address. */
  restart(name: StoreName): Promise<void>
  stop(): Promise<void>
}

export interface StackOptions {
  /** Where the data lives; one stack at a time. */
  directory: string
  onProgress?: OnProgress
  /** Ports that must be used; the others are those of the last start when free, else free ones. */
  ports?: Partial<Ports>
  /** False for tests: fast instead of safe on disk, and the data is removed when the stack ends. Default true. */
  durable?: boolean
  /** Ends a start that is under way, which then rejects. */
  signal?: AbortSignal
}

interface StartedStore {
  provider: Provider
  address: string
}

const downloads = fileURLToPath(new URL('../../../.stack', import.meta.url))

/** Starts what is not given by an address, and ends it again. */
interface OwnStores {
  keeper: KeeperClient
  docker: DockerStores
  start(name: StoreName): Promise<StartedStore>
  stop(): Promise<void>
}

async function openOwnStores(options: StackOptions, config: StackConfig): Promise<OwnStores> {
  const { onProgress = () => {}, ports = {}, durable = true } = options
  const directory = resolve(options.directory)
  const keeper = await openKeeper({ directory, downloads, durable, ports }, onProgress)
  const docker = createDockerStores({ directory, durable, ports, keeper, onProgress })
  const { madeBy } = readState(directory)
  const answer = config.forced === 'embedded' ? Promise.resolve(false) : dockerAnswers(process.env)

  const start = async (name: StoreName): Promise<StartedStore> => {
    const mustUseDocker = config.forced === 'docker' || (config.forced === null && madeBy[name] === 'docker')
    const mayUseDocker = config.forced === null && madeBy[name] === undefined
    if (mustUseDocker || (mayUseDocker && (await answer))) {
      try {
        if (!(await answer)) throw new Error('no engine answers')
        return { provider: 'docker', address: await docker.start(name) }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (mustUseDocker) throw new Error(`${name} belongs into Docker, which failed: ${reason}.`, { cause: error })
        onProgress({ name, state: 'preparing', detail: `embedded, because Docker failed: ${reason}`, ms: 0 })
      }
    }
    return { provider: 'embedded', address: await keeper.start(name) }
  }
  return {
    keeper,
    docker,
    start,
    async stop() {
      await docker.stop()
      await keeper.stop()
    },
  }
}

async function startAll(start: (name: StoreName) => Promise<StartedStore>): Promise<Record<StoreName, StartedStore>> {
  const outcomes = await Promise.allSettled(storeNames.map(start))
  // All that is missing is told at once, so that it can be installed in one go.
  const reasons = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
  if (reasons.length > 0) {
    throw new Error(reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason))).join('\n'), {
      cause: reasons[0],
    })
  }
  const [postgres, redis, kafka] = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? [outcome.value] : [],
  )
  if (postgres === undefined || redis === undefined || kafka === undefined) throw new Error('A store is missing.')
  return { postgres, redis, kafka }
}

function keeperOf(own: OwnStores | null, stores: Record<StoreName, StartedStore>, name: StoreName): KeeperClient {
  if (own !== null && stores[name].provider === 'embedded') return own.keeper
  throw new Error(`${name} is no process of this stack: only an embedded store can be made to crash.`)
}

/**
 * Starts the stores side by side: each from its address in the environment, from Docker, or embedded. Rejects with one
 * sentence for each store that cannot be had, saying what to install, or when another stack runs in the directory.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  options.signal?.throwIfAborted()
  const config = readStackConfig(process.env)
  const allGiven = storeNames.every((name) => config.given[name] !== undefined)
  const own = allGiven ? null : await openOwnStores(options, config)
  const stop = async () => own?.stop()
  const abort = () => void stop()
  options.signal?.addEventListener('abort', abort)
  try {
    const stores = await startAll(async (name) => {
      const address = config.given[name]
      if (address === undefined && own !== null) return own.start(name)
      await checkGivenStore(name, address ?? '')
      options.onProgress?.({ name, state: 'ready', detail: 'given', ms: 0 })
      return { provider: 'url', address: address ?? '' }
    })
    options.signal?.throwIfAborted()
    own?.keeper.letOwnerEnd()
    return {
      databaseUrl: stores.postgres.address,
      redisUrl: stores.redis.address,
      kafkaBrokers: stores.kafka.address.split(',').map((broker) => broker.trim()),
      provider: { postgres: stores.postgres.provider, redis: stores.redis.provider, kafka: stores.kafka.provider },
      crash: async (name) => keeperOf(own, stores, name).crash(name),
      restart: async (name) => void (await keeperOf(own, stores, name).start(name)),
      stop,
    }
  } catch (error) {
    await stop()
    throw options.signal?.aborted ? options.signal.reason : error
  } finally {
    options.signal?.removeEventListener('abort', abort)
  }
}
