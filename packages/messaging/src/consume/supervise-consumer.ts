import type { EachBatchPayload, Kafka, Consumer as KafkaConsumer } from 'kafkajs'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { kafkaRetry } from '../kafka/create-kafka.ts'
import { backoffMs, delay } from '../wait.ts'

/** A member of a consumer group, replaced whenever it fails. */
export interface Consumer {
  /** Whether it is a member of its group now (for /readyz). */
  ready(): boolean
  /** Finishes the message in hand, commits, leaves the group. */
  close(): Promise<void>
}

const restartLimits = { firstMs: 300, lastMs: 5000 }
const closeMs = 10_000

/** The partitions of a killed process are taken over within about 10 s: its session ends, and the others rejoin at their next beat. */
const membership = { sessionTimeout: 10_000, heartbeatInterval: 2000, rebalanceTimeout: 15_000 } as const

/** A fetch without messages returns after this: it bounds how late a beat is and how long closing takes. */
const maxWaitTimeInMs = 500

/**
 * Joins a group and keeps consuming, from the earliest message for a new group, until closed. kafkajs gives up for good on
 * errors it calls final, so each failure ends the member, and another takes its place after 0.15 to 5 s.
 */
export function superviseConsumer(options: {
  readonly kafka: Kafka
  readonly groupId: string
  readonly topics: readonly string[]
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>
  readonly log: Logger
  readonly stopping: AbortController
  /** Told each time that partitions have been assigned anew. */
  readonly onJoin: () => void
  /** Awaited before a member leaves its group. */
  readonly beforeLeaving: () => Promise<void>
}): Consumer {
  const { log, stopping } = options
  let joined = false
  let failures = 0

  const consumeUntilItFails = async () => {
    const consumer = createMember(options.kafka, options.groupId)
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>()
    const stop = () => end(null)
    stopping.signal.addEventListener('abort', stop, { once: true })
    consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error))
    consumer.on(consumer.events.GROUP_JOIN, () => {
      joined = true
      failures = 0
      options.onJoin()
    })
    consumer.on(consumer.events.REBALANCING, () => {
      joined = false
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...options.topics], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 3,
        eachBatch: options.eachBatch,
      })
      const error = await ended
      if (error !== null) throw error
    } finally {
      joined = false
      stopping.signal.removeEventListener('abort', stop)
      await options.beforeLeaving()
      await consumer.disconnect().catch((error: unknown) => log.debug({ err: error }, 'a consumer did not disconnect'))
    }
  }

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await consumeUntilItFails()
      } catch (error) {
        failures += 1
        log.warn({ reason: describeError(error), failures }, 'a consumer failed and starts again')
        await delay(backoffMs(failures, restartLimits), stopping.signal)
      }
    }
  }

  const running = run()
  return {
    ready: () => joined,
    async close() {
      stopping.abort()
      const closed = new AbortController()
      await Promise.race([running, delay(closeMs, closed.signal)])
      closed.abort()
    },
  }
}

const createMember = (kafka: Kafka, groupId: string): KafkaConsumer =>
  kafka.consumer({
    groupId,
    ...membership,
    maxWaitTimeInMs,
    // Partitions added to a topic are found within this.
    metadataMaxAge: 30_000,
    retry: { ...kafkaRetry, restartOnFailure: async () => false },
  })
