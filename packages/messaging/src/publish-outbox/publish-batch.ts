import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { waitsBehind } from '../dead-letters/write-dead-letter.ts'
import { describeError } from '../errors.ts'
import type { Sender } from '../kafka/create-sender.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { deliverRows } from './deliver-rows.ts'
import { countRefusal, markPublished, moveToDeadLetters, type OutboxRow, readUnsent } from './outbox-rows.ts'

/** A row is tried this often before it goes to the dead letters (requirements.md, Cross-cutting). */
const attemptsMax = 3

/** A broker takes record batches up to 1 MB per partition (message.max.bytes); a batch stays below whatever its keys. */
const batchBytesMax = 768 * 1024

/** Called at the named points of a batch; what they throw or never answer is what a crash there would do. */
export interface RelayHooks {
  beforeSend?(): Promise<void>
  afterSend?(): Promise<void>
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

export interface Published {
  /** Whether rows are left which need not wait for the next poll. */
  readonly more: boolean
  /** To be marked: by the next batch, or by `markSent` where there is none yet. */
  readonly sent: readonly OutboxRow[]
}

/**
 * Sends the oldest unsent rows, and meanwhile marks those that the batch before has `sent`: the database writes while Kafka does.
 * Rejects when broker or database are away; then no row is blamed, and those that arrived without a mark will be sent again.
 */
export async function publishBatch<DB>(
  options: PublishOptions,
  connection: Kysely<DB>,
  sentBefore: readonly OutboxRow[],
): Promise<Published> {
  const { batchSize } = options
  const sentIds = new Set(sentBefore.map(({ id }) => id))
  const read = await readUnsent(connection, batchSize + sentIds.size)
  const unsent = read.filter(({ id }) => !sentIds.has(id)).slice(0, batchSize)
  const behind = unsent.filter((row) => row.is_behind)
  await moveToDeadLetters(connection, behind, 'PARKED', waitsBehind)
  const rows = withinBytes(unsent.filter((row) => !row.is_behind))
  // Neither is left alone with an open statement of the session by a failure of the other.
  const [marked, delivered] = await Promise.allSettled([
    markSent(options, connection, sentBefore),
    deliver(options, rows),
  ])
  if (marked.status === 'rejected') throw marked.reason
  if (delivered.status === 'rejected') throw delivered.reason
  const { sent, refused } = delivered.value
  const more = unsent.length === batchSize || rows.length + behind.length < unsent.length
  if (refused.length === 0) return { more, sent }
  // Marked first, so that a refusal which cannot be dealt with has nothing sent again.
  await markSent(options, connection, sent)
  for (const { row, error } of refused) await handleRefusal(options, connection, row, error)
  return { more, sent: [] }
}

/** Marks rows that were sent. */
export async function markSent<DB>(
  { metrics, service }: PublishOptions,
  connection: Kysely<DB>,
  sent: readonly OutboxRow[],
): Promise<void> {
  if (sent.length === 0) return
  await markPublished(connection, sent)
  metrics.published.inc({ service }, sent.length)
}

async function deliver({ hooks, sender, topicPrefix, untilStopped }: PublishOptions, rows: readonly OutboxRow[]) {
  if (rows.length === 0) return { sent: [], refused: [] }
  if (hooks.beforeSend) await untilStopped(hooks.beforeSend())
  const delivery = await untilStopped(deliverRows(sender, topicPrefix, rows))
  if (hooks.afterSend) await untilStopped(hooks.afterSend())
  return delivery
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

/** Counts the refusal; at the last one the row becomes a dead letter, which holds its key, and all other keys go on. */
async function handleRefusal<DB>(options: PublishOptions, connection: Kysely<DB>, row: OutboxRow, error: unknown) {
  const { log, metrics, service } = options
  metrics.publishFailures.inc({ service, cause: 'message' })
  const refusals = await countRefusal(connection, row.id, error)
  const facts = { eventId: row.id, eventType: row.event_type, refusals, reason: describeError(error) }
  if (refusals < attemptsMax) {
    log.warn(facts, 'Kafka refused an outbox row')
    return
  }
  await moveToDeadLetters(connection, [row], 'OPEN', error)
  metrics.deadLetters.inc({ origin: service, topic: row.topic, type: row.event_type })
  log.error(facts, 'outbox row moved to the dead letters')
}
