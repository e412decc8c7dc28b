import { type ISocketFactory, Kafka, type LogEntry, logLevel } from 'kafkajs'
import type { Logger } from 'pino'

/**
 * How long kafkajs itself keeps trying: short, because relay and consumer have their own patience,
 * and every figure explicit, because kafkajs has other defaults under NODE_ENV=test.
 */
export const kafkaRetry = { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 } as const

/** Gives the kafkajs client with this platform's time-outs (milliseconds), logging through `log`. Does not connect. */
export function createKafka(options: {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly log: Logger
  readonly socketFactory?: ISocketFactory
}): Kafka {
  return new Kafka({
    ...(options.socketFactory === undefined ? {} : { socketFactory: options.socketFactory }),
    brokers: [...options.brokers],
    clientId: options.clientId,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: kafkaRetry,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => logEntry(options.log, entry),
  })
}

/** One level lower than kafkajs says: it reports each try of an outage as an error, and whoever asked reports the outcome. */
function logEntry(log: Logger, { level, namespace, log: { message, timestamp: _, ...fields } }: LogEntry): void {
  const facts = { kafkajs: namespace, ...fields }
  if (level === logLevel.ERROR) log.warn(facts, message)
  else log.debug(facts, message)
}
