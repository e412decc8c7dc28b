import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { sendDeadLetter, waitsBehind } from '../dead-letters/write-dead-letter.ts'
import { describeError } from '../errors.ts'
import type { Sender } from '../kafka/create-sender.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { findTopic } from '../topics/find-topic.ts'
import { deliverRows, headersOf } from './deliver-rows.ts'
import { countRefusal, markPublished, moveToDeadLetters, type OutboxRow, readUnsent } from './outbox-rows.ts'

/** A row is tried this often before it goes to the dead letters (requirements.md, Cross-cutting). */
const attemptsMax = 3

/** A broker takes record batches up to 1 MB per partition (message.max.bytes); a batch stays below whatever its keys. */
const batchBytesMax = 768 * 1024

/** Called at the named points of a batch; what they throw or never answer is what a crash there would do. */
export interface RelayHooks {
  beforeSend?(): Promise<void>
  afterSend?(): Promise<void>
  beforeDeadLetterMove?(): Promise<void>
}

export interface PublishOptions {
  readonly service: string
  readonly sender: Sender
  readonly topicPrefix: string
  readonly batchSize: number
  readonly log: Logger
  readonly metrics: MessagingMetrics
  readonly hooks: RelayHooks
  /** Ends the wait for Kafka or a hook shortly after the relay is told to close. */
  readonly untilStopped: <T>(work: Promise<T>) => Promise<T>
}

/**
 * Sends the oldest unsent rows and marks them. `more` says that rows are left which need not wait for the next poll.
 * Rejects when broker or database are away; then no row is blamed, and those that arrived will be sent again.
 */
export async function publishBatch<DB>(options: PublishOptions, connection: Kysely<DB>): Promise<{ more: boolean }> {
  const { hooks, metrics, sender, service, topicPrefix, untilStopped } = options
  const unsent = await readUnsent(connection, options.batchSize)
  if (unsent.length === 0) return { more: false }
  const behind = unsent.filter((row) => row.is_behind)
  await moveToDeadLetters(connection, behind, 'PARKED', waitsBehind)
  const rows = withinBytes(unsent.filter((row) => !row.is_behind))

  if (hooks.beforeSend) await untilStopped(hooks.beforeSend())
  const delivery = await untilStopped(deliverRows(sender, topicPrefix, rows))
  if (hooks.afterSend) await untilStopped(hooks.afterSend())

  await markPublished(connection, delivery.sent)
  metrics.published.inc({ service }, delivery.sent.length)
  for (const { row, error } of delivery.refused) await handleRefusal(options, connection, row, error)
  return { more: unsent.length === options.batchSize || rows.length + behind.length < unsent.length }
}

/** Gives the longest run of rows from the first that fits one batch; at least one. Rows refused before travel alone. */
function withinBytes(rows: readonly OutboxRow[]): readonly OutboxRow[] {
  let bytes = 0
  const tooMany = rows.findIndex((row) => {
    const first = bytes === 0
    if (row.retry_count === 0) bytes += Buffer.byteLength(row.payload)
    return !first && bytes > batchBytesMax
  })
  return tooMany === -1 ? rows : rows.slice(0, tooMany)
}

/** Counts the refusal; at the last one the row goes to its dead letter topic and table, and all other keys go on. */
async function handleRefusal<DB>(options: PublishOptions, connection: Kysely<DB>, row: OutboxRow, error: unknown) {
  const { hooks, log, metrics, sender, service, topicPrefix, untilStopped } = options
  metrics.publishFailures.inc({ service, cause: 'message' })
  const refusals = await countRefusal(connection, row.id, error)
  const facts = { eventId: row.id, eventType: row.event_type, refusals, reason: describeError(error) }
  if (refusals < attemptsMax) {
    log.warn(facts, 'Kafka refused an outbox row')
    return
  }
  const message = { key: row.key, value: row.payload, headers: headersOf(row) }
  await untilStopped(sendDeadLetter({ sender, topicPrefix }, findTopic(row.topic), message, { error }))
  if (hooks.beforeDeadLetterMove) await untilStopped(hooks.beforeDeadLetterMove())
  await moveToDeadLetters(connection, [row], 'OPEN', error)
  metrics.deadLetters.inc({ origin: service, topic: row.topic, type: row.event_type })
  log.error(facts, 'outbox row moved to the dead letters')
}
