import { topics } from '@ticket-queue/contracts/events'
import { advanceLog, type LogEntry, readGrownLogs, readLog } from '@ticket-queue/lua/queue'
import type { Messaging, PlainMessage } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { eventsOfEntry } from './events-of-entry.ts'
import type { PublishingFigures } from './publishing-figures.ts'

export interface PublishQueueEventsDeps {
  readonly redis: RedisClient
  readonly publishBatch: Messaging['publishBatch']
  readonly log: Log
  readonly figures: PublishingFigures
  /** For tests of a crash. */
  readonly hooks?: { readonly afterPublish?: () => Promise<void> }
}

const entriesMax = 200
/** Made and sent at once: as much work as may keep others in this process waiting, about ten milliseconds. */
const messagesMax = 500
const batchesPerRoundMax = 50

/**
 * Publishes what has been written to the logs of all queues since the last time, each schedule's in its order, on `queue.events`.
 * At least once: what was published just before a crash is published again with the same event IDs, which holds for several
 * replicas at once too. Rejects when Kafka or Redis is away; then nothing is skipped, but a log keeps only its latest entries, and
 * what it cut off meanwhile is counted as lost. Ends early when `signal` aborts.
 */
export async function publishQueueEvents(deps: PublishQueueEventsDeps, signal: AbortSignal): Promise<void> {
  let behind = 0
  for (const scheduleId of await readGrownLogs(deps.redis)) {
    if (signal.aborted) return
    if (!(await publishSchedule(deps, scheduleId, signal))) behind += 1
  }
  deps.figures.behind.set(behind)
}

/** Gives whether everything of the schedule has been published; one with very much to tell lets the others go on. */
async function publishSchedule(
  deps: PublishQueueEventsDeps,
  scheduleId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { redis, publishBatch, log, figures, hooks } = deps
  for (let batch = 1; batch <= batchesPerRoundMax && !signal.aborted; batch += 1) {
    const unpublished = await readLog(redis, scheduleId, entriesMax)
    for (const messages of batchesOf(deps, scheduleId, unpublished.entries)) {
      await publishBatch(topics.queue, messages)
      figures.published.inc(messages.length)
    }
    await hooks?.afterPublish?.()
    const { outcome } = await advanceLog(redis, scheduleId, unpublished)
    if (unpublished.lost > 0) {
      figures.lost.inc(unpublished.lost)
      log.error({ scheduleId, lost: unpublished.lost }, 'the log of a queue was cut off before it was published')
    }
    if (outcome === 'finished') return true
  }
  return false
}

/** The messages of these entries in order, made only as they are asked for; one entry may tell of up to a thousand people. */
function* batchesOf(
  deps: PublishQueueEventsDeps,
  scheduleId: string,
  entries: readonly LogEntry[],
): Generator<PlainMessage[]> {
  let batch: PlainMessage[] = []
  for (const entry of entries) {
    batch.push(...messagesOf(deps, scheduleId, entry))
    if (batch.length < messagesMax) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** An entry that cannot be read is passed over: it would hold up everything behind it for ever. */
function messagesOf({ log, figures }: PublishQueueEventsDeps, scheduleId: string, entry: LogEntry): PlainMessage[] {
  try {
    const happened = eventsOfEntry(scheduleId, entry)
    if (happened !== null) {
      return happened.map((event) => ({
        key: scheduleId,
        value: JSON.stringify(event),
        headers: { eventId: event.eventId, eventType: event.eventType, 'x-request-id': event.metadata.correlationId },
      }))
    }
    log.error(
      { scheduleId, entryId: entry.id, kind: entry.fields['k'] },
      'an entry of a queue’s log is of an unknown kind',
    )
  } catch (err) {
    log.error({ err, scheduleId, entryId: entry.id }, 'an entry of a queue’s log cannot be read')
  }
  figures.unreadable.inc()
  return []
}
