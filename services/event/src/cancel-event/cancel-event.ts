import { addToOutbox, newEvent, wakeAfterCommit } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { EventDetail } from '../domain/event-detail.ts'
import type { Cause } from '../store/announce-schedules.ts'
import type { Database } from '../store/database.ts'
import { findEventDetail } from '../store/event-detail.ts'

export type CancelEventRefusal = { refused: 'EVENT_NOT_FOUND' | 'EVENT_ENDED' }

/**
 * Cancels an event and each of its schedules that is not over (EVT-022): one EventCancelled per schedule tells reservation to
 * cancel and payment to refund. Cancelling again changes nothing and gives the same answer.
 */
export async function cancelEvent(
  { db, cache, relay }: Deps,
  eventId: string,
  reason: string,
  cause: Cause,
): Promise<EventDetail | CancelEventRefusal> {
  const outcome = await wakeAfterCommit(relay, db, async (trx): Promise<EventDetail | CancelEventRefusal> => {
    const shown = await lockAndRead(trx, eventId)
    if (shown === null) return { refused: 'EVENT_NOT_FOUND' }
    if (shown.status === 'ENDED') return { refused: 'EVENT_ENDED' }
    const cancelled = await markCancelled(trx, eventId, reason)
    if (cancelled === null) return shown
    const scheduleIds = await cancelSchedules(trx, eventId)
    const messages = scheduleIds.map((scheduleId) =>
      newEvent('EventCancelled', {
        ...cause,
        aggregateId: scheduleId,
        payload: { eventId, scheduleId, reason, cancelledAt: cancelled.toISOString() },
      }),
    )
    await addToOutbox(trx, messages)
    return (await findEventDetail(trx, eventId, 'admin'))?.detail ?? shown
  })
  if (!('refused' in outcome)) {
    const schedules = outcome.schedules.map((schedule) => scheduleTarget(schedule.id))
    await cache.invalidate(everyListTarget, eventTarget(eventId), ...schedules)
  }
  return outcome
}

/** Locked, so that no schedule is added beside the ones that are cancelled. */
async function lockAndRead(trx: Transaction<Database>, eventId: string): Promise<EventDetail | null> {
  await trx.selectFrom('events').select('id').where('id', '=', eventId).forUpdate().execute()
  return (await findEventDetail(trx, eventId, 'admin'))?.detail ?? null
}

async function markCancelled(trx: Transaction<Database>, eventId: string, reason: string): Promise<Date | null> {
  const row = await trx
    .updateTable('events')
    .set((set) => ({
      status: 'CANCELLED',
      cancelled_at: sql<Date>`now()`,
      cancel_reason: reason,
      version: set('version', '+', 1),
    }))
    .where('id', '=', eventId)
    .where('status', 'in', ['PREPARING', 'OPEN'])
    .returning('cancelled_at')
    .executeTakeFirst()
  return row?.cancelled_at ?? null
}

async function cancelSchedules(trx: Transaction<Database>, eventId: string): Promise<string[]> {
  const rows = await trx
    .updateTable('event_schedules')
    .set((set) => ({ status: 'CANCELLED', version: set('version', '+', 1) }))
    .where('event_id', '=', eventId)
    .where('status', 'in', ['UPCOMING', 'ONGOING'])
    .where('event_end_at', '>', sql<Date>`now()`)
    .returning('id')
    .execute()
  return rows.map((row) => row.id).sort()
}
