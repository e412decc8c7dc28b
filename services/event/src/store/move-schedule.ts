import { sql, type Transaction } from 'kysely'
import type { SchedulePlan } from '../domain/schedule-plan.ts'
import type { Database, EventSchedulesStatus } from './database.ts'

/**
 * Gives a schedule other times and with them the status that they mean by the database's clock (EVT-007). Throws a unique
 * violation of `event_schedules_sequence_unique` if another schedule of the event has the sequence number.
 */
export async function moveSchedule(trx: Transaction<Database>, scheduleId: string, plan: SchedulePlan): Promise<void> {
  const status = sql<EventSchedulesStatus>`case
    when status = 'CANCELLED' then status
    when ${plan.eventEndAt}::timestamptz <= clock_timestamp() then 'ENDED'
    when ${plan.saleStartAt}::timestamptz <= clock_timestamp() then 'ONGOING'
    else 'UPCOMING' end`
  await trx
    .updateTable('event_schedules')
    .set((set) => ({
      play_sequence: plan.playSequence,
      event_start_at: plan.eventStartAt,
      event_end_at: plan.eventEndAt,
      sale_start_at: plan.saleStartAt,
      sale_end_at: plan.saleEndAt,
      status,
      version: set('version', '+', 1),
    }))
    .where('id', '=', scheduleId)
    .execute()
}
