import { Redis, type RedisOptions } from 'ioredis'
import { writeTogether } from './write-together.ts'

export interface RedisClientOptions {
  url: string
  /** Put before every key of every command and script. */
  keyPrefix?: string
  /** Shown by `CLIENT LIST`. */
  connectionName?: string
  /** Refuse at once while Redis is away instead of waiting for it: for callers that have an answer without Redis. */
  failFast?: boolean
  commandTimeoutMs?: number
  /** Told about every connection error; the client goes on reconnecting by itself. */
  onError?: (error: Error) => void
}

export interface RedisClient {
  readonly client: Redis
  readonly keyPrefix: string
  /** Resolves if Redis answers, rejects within two seconds if not. */
  check(): Promise<void>
  close(): Promise<void>
  /** A further connection to the same server and prefix: one that subscribes or blocks can do nothing else. */
  duplicate(options?: Partial<RedisClientOptions>): RedisClient
}

const checkTimeoutMs = 2_000

/**
 * Opens a connection that survives the loss of Redis: it reconnects for ever, every command ends within its time-out,
 * and no connection error reaches the process.
 */
export const createRedis = (options: RedisClientOptions): RedisClient => {
  const client = new Redis(options.url, driverOptions(options))
  client.on('error', options.onError ?? (() => {}))
  writeTogether(client)
  return {
    client,
    keyPrefix: options.keyPrefix ?? '',
    check: () => check(client),
    close: () => close(client),
    duplicate: (overrides = {}) => createRedis({ ...options, ...overrides }),
  }
}

const driverOptions = (options: RedisClientOptions): RedisOptions & { replyMapping: 'legacy' } => ({
  keyPrefix: options.keyPrefix ?? '',
  ...(options.connectionName === undefined ? {} : { connectionName: options.connectionName }),
  replyMapping: 'legacy',
  // After a failover the old primary refuses writes: the next connection reaches the new one.
  reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000) + Math.random() * 100,
  ...(options.failFast
    ? {
        enableOfflineQueue: false,
        maxRetriesPerRequest: 1,
        connectTimeout: 500,
        commandTimeout: options.commandTimeoutMs ?? 1_000,
      }
    : { maxRetriesPerRequest: 3, connectTimeout: 2_000, commandTimeout: options.commandTimeoutMs ?? 5_000 }),
})

const check = async (client: Redis): Promise<void> => {
  const deadline = AbortSignal.timeout(checkTimeoutMs)
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => {
      client.off('ready', ping)
      deadline.removeEventListener('abort', giveUp)
      end()
    }
    const giveUp = () => settle(() => reject(new Error(`Redis did not answer within ${checkTimeoutMs} ms`)))
    const ping = () =>
      client.ping().then(
        () => settle(resolve),
        (error) => settle(() => reject(error)),
      )
    deadline.addEventListener('abort', giveUp)
    if (client.status === 'ready') ping()
    else client.once('ready', ping)
  })
}

const close = async (client: Redis): Promise<void> => {
  if (client.status === 'ready') await client.quit().catch(() => client.disconnect())
  else client.disconnect()
}
