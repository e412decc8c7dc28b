import { randomUUID } from 'node:crypto'
import { topics } from '@ticket-queue/contracts/events'
import type { Messaging } from '@ticket-queue/messaging'
import { waitUntil } from '@ticket-queue/testing'
import type { QueueEvent } from './events-of-entry.ts'

/** For tests: everything that is published on `queue.events` from now on, in the order of each schedule. */
export async function collectQueueEvents(messaging: Messaging): Promise<QueueEvent[]> {
  const heard: QueueEvent[] = []
  const keep = async (event: QueueEvent) => void heard.push(event)
  const consumer = await messaging.consumeRepeatably({
    group: `test-${randomUUID()}`,
    topics: [topics.queue],
    handlers: {
      QueueEpochBegan: keep,
      QueueJoined: keep,
      QueueAdmitted: keep,
      QueueExpired: keep,
      QueueLeft: keep,
      QueueNoShow: keep,
      QueuePaused: keep,
      QueueResumed: keep,
      QueueReconfigured: keep,
      QueueClosed: keep,
      QueueReopened: keep,
      QueueDrawClosed: keep,
      QueueDrawn: keep,
      QueueDrawPublished: keep,
      QueueDrawVoided: keep,
    },
  })
  await waitUntil(() => consumer.ready(), { timeoutMs: 25_000 })
  return heard
}
