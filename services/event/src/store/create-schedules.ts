import type { Transaction } from 'kysely'
import type { SchedulePlan } from '../domain/schedule-plan.ts'
import type { Database } from './database.ts'
import { type Inventory, writeInventory } from './write-inventory.ts'

/**
 * Creates schedules with their prices and their seat inventory (EVT-018), and gives their IDs in the order of `schedules`.
 * One statement per schedule writes all its seats. Throws a unique violation of `event_schedules_sequence_unique`
 * if the event has such a sequence number already.
 */
export async function createSchedules(
  trx: Transaction<Database>,
  plan: Inventory & { eventId: string; schedules: readonly SchedulePlan[] },
): Promise<string[]> {
  const ids: string[] = []
  for (const schedule of plan.schedules) {
    const { id } = await trx
      .insertInto('event_schedules')
      .values({
        event_id: plan.eventId,
        play_sequence: schedule.playSequence,
        event_start_at: schedule.eventStartAt,
        event_end_at: schedule.eventEndAt,
        sale_start_at: schedule.saleStartAt,
        sale_end_at: schedule.saleEndAt,
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await writeInventory(trx, id, plan)
    ids.push(id)
  }
  return ids
}
