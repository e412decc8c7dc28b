import type { EventCancelled } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import type { Database } from '../store/database.ts'

/**
 * Applies `EventCancelled` (EVT-022): from the commit on nothing of the schedule is held, exchanged or paid any more. What
 * has been sold, which may be thousands of reservations, ends in the batches of the job that finds this row.
 */
export async function recordCancellation(trx: Transaction<Database>, event: EventCancelled): Promise<void> {
  const { scheduleId, eventId, cancelledAt } = event.payload
  await trx
    .insertInto('cancelled_schedules')
    .values({
      schedule_id: scheduleId,
      event_id: eventId,
      cancelled_at: cancelledAt,
      correlation_id: event.metadata.correlationId,
      causation_id: event.eventId,
    })
    .onConflict((conflict) => conflict.column('schedule_id').doNothing())
    .execute()
}
