import type { Admin, Kafka } from 'kafkajs'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { backoffMs, delay, repeatUntilClosed, untilStopped } from '../wait.ts'

export interface LagOptions {
  readonly kafka: Kafka
  readonly group: string
  readonly topics: readonly string[]
  readonly topicPrefix: string
  readonly metrics: MessagingMetrics
  readonly log: Logger
  readonly everyMs: number
}

const failingLimits = { firstMs: 1000, lastMs: 15_000 }
const closeGraceMs = 1000

/** How many messages of a partition a group has not finished. */
interface Lag {
  readonly topic: string
  readonly partition: number
  readonly messages: number
}

/**
 * Keeps the figure messaging_consumer_lag_messages of a group by what the broker knows, at once and then every `everyMs`, until
 * closed: so that it grows also while no member, or none that moves, has the partition. What the broker does not tell is no figure.
 */
export function watchLag(options: LagOptions): { close(): Promise<void> } {
  const { group, metrics, log } = options
  let shown: readonly Lag[] = []
  let failures = 0

  const show = (lags: readonly Lag[]) => {
    for (const { topic, partition } of shown) metrics.lag.remove({ group, topic, partition })
    for (const { topic, partition, messages } of lags) metrics.lag.set({ group, topic, partition }, messages)
    shown = lags
  }

  return repeatUntilClosed(options.everyMs, async (signal) => {
    try {
      show(await untilStopped(readLags(options), signal, closeGraceMs))
      failures = 0
    } catch (error) {
      show([])
      failures += 1
      log.debug({ reason: describeError(error), failures }, 'nobody knows how far a group is behind')
      await delay(backoffMs(failures, failingLimits), signal)
    }
  })
}

async function readLags(options: LagOptions): Promise<Lag[]> {
  const admin = options.kafka.admin()
  try {
    await admin.connect()
    const lags = await Promise.all(options.topics.map((topic) => readLagsOf(admin, topic, options)))
    return lags.flat()
  } finally {
    await admin.disconnect()
  }
}

async function readLagsOf(admin: Admin, topic: string, { topicPrefix, group }: LagOptions): Promise<Lag[]> {
  const name = topicPrefix + topic
  // Committed first: what is finished between the two answers makes the figure too large, never negative.
  const committed = await admin.fetchOffsets({ groupId: topicPrefix + group, topics: [name] })
  const offsets = new Map(committed.flatMap(({ partitions }) => partitions).map((one) => [one.partition, one.offset]))
  const ends = await admin.fetchTopicOffsets(name)
  return ends.map(({ partition, low, high }) => {
    const next = Math.max(Number(offsets.get(partition) ?? low), Number(low))
    return { topic, partition, messages: Math.max(0, Number(high) - next) }
  })
}
