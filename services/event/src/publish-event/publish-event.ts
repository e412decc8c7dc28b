import { wakeAfterCommit } from '@ticket-queue/messaging'
import { eventTarget, everyListTarget, scheduleTarget, seatsTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { EventDetail } from '../domain/event-detail.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import { findEventDetail } from '../store/event-detail.ts'

export type PublishEventRefusal = { refused: 'EVENT_NOT_FOUND' | 'EVENT_CANCELLED' | 'EVENT_ENDED' }

/** Shows an event to everybody: PREPARING → OPEN. Publishing it again changes nothing and gives the same answer. */
export async function publishEvent(
  { db, cache, relay }: Deps,
  eventId: string,
  cause: Cause,
): Promise<EventDetail | PublishEventRefusal> {
  const outcome = await wakeAfterCommit(relay, db, async (trx): Promise<EventDetail | PublishEventRefusal> => {
    const published = await trx
      .updateTable('events')
      .set((set) => ({ status: 'OPEN', version: set('version', '+', 1) }))
      .where('id', '=', eventId)
      .where('status', '=', 'PREPARING')
      .where('deleted_at', 'is', null)
      .executeTakeFirst()
    const event = await findEventDetail(trx, eventId, 'admin')
    if (event === null) return { refused: 'EVENT_NOT_FOUND' }
    if (published.numUpdatedRows === 0n) {
      if (event.detail.status === 'CANCELLED') return { refused: 'EVENT_CANCELLED' }
      if (event.detail.status === 'ENDED') return { refused: 'EVENT_ENDED' }
      return event.detail
    }
    await announceSchedules(
      trx,
      event.detail.schedules.map((schedule) => schedule.id),
      cause,
    )
    return event.detail
  })
  if (!('refused' in outcome)) {
    const schedules = outcome.schedules.flatMap(({ id }) => [scheduleTarget(id), seatsTarget(id)])
    await cache.invalidate(everyListTarget, eventTarget(eventId), ...schedules)
  }
  return outcome
}
