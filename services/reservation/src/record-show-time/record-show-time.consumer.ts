import type { ScheduleUpdated } from '@ticket-queue/contracts/events'
import type { Transaction } from 'kysely'
import type { Database } from '../store/database.ts'

/**
 * Applies `ScheduleUpdated`: from the commit on the show of every reservation and every place in the waiting list of the schedule is
 * when the event says (decision 0022). What is told of an older version of the schedule changes nothing.
 */
export async function recordShowTime(trx: Transaction<Database>, event: ScheduleUpdated): Promise<void> {
  const { scheduleId, eventStartAt, scheduleVersion } = event.payload
  if (eventStartAt === undefined || scheduleVersion === undefined) return
  await trx
    .insertInto('show_times')
    .values({ schedule_id: scheduleId, event_start_at: eventStartAt, version: scheduleVersion })
    .onConflict((conflict) =>
      conflict
        .column('schedule_id')
        .doUpdateSet((told) => ({
          event_start_at: told.ref('excluded.event_start_at'),
          version: told.ref('excluded.version'),
        }))
        .whereRef('show_times.version', '<', 'excluded.version'),
    )
    .execute()
}
