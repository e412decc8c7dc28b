import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openKeeper } from './keeper-client.ts'
import type { OnProgress, Ports, Provider, StoreName } from './stores.ts'

/** Running stores; `stop` ends those that this stack started and leaves those given by an address alone. */
export interface Stack {
  /** URL of the owner, a superuser when we made the server, to the database `ticketing`. */
  databaseUrl: string
  redisUrl: string
  /** Bootstrap servers, `host:port`. */
  kafkaBrokers: string[]
  provider: Record<StoreName, Provider>
  stop(): Promise<void>
}

export interface StackOptions {
  /** Where the data lives; one stack at a time. */
  directory: string
  onProgress?: OnProgress
  /** Ports that must be used; the others are those of the last start when free, else free ones. */
  ports?: Partial<Ports>
  /** False for tests: fast instead of safe on disk, and the directory is removed when the stack ends. Default true. */
  durable?: boolean
}

const downloads = fileURLToPath(new URL('../../../.stack', import.meta.url))

/** Starts the stores side by side: each from its address in the environment, from Docker, or embedded. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { onProgress = () => {}, ports = {}, durable = true } = options
  const directory = resolve(options.directory)
  const keeper = await openKeeper({ directory, downloads, durable, ports }, onProgress)
  try {
    const [databaseUrl, redisUrl, kafka] = await Promise.all([
      keeper.start('postgres'),
      keeper.start('redis'),
      keeper.start('kafka'),
    ])
    return {
      databaseUrl,
      redisUrl,
      kafkaBrokers: kafka.split(','),
      provider: { postgres: 'embedded', redis: 'embedded', kafka: 'embedded' },
      stop: keeper.stop,
    }
  } catch (error) {
    await keeper.stop()
    throw error
  }
}
