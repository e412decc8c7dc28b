import { sql, type Transaction } from 'kysely'
import type { ExpandedSeat } from '../domain/expand-seats.ts'
import { grades } from '../domain/grades.ts'
import type { Prices, SchedulePlan } from '../domain/schedule-plan.ts'
import { seatIdsFrom } from '../domain/seat-ids.ts'
import type { Database } from './database.ts'

/**
 * Creates schedules with their prices and their seat inventory (EVT-018), and gives their IDs in the order of `schedules`.
 * One statement per schedule writes all its seats. Throws a unique violation of `event_schedules_sequence_unique`
 * if the event has such a sequence number already.
 */
export async function createSchedules(
  trx: Transaction<Database>,
  plan: { eventId: string; schedules: readonly SchedulePlan[]; prices: Prices; seats: readonly ExpandedSeat[] },
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
    await insertPrices(trx, id, plan.prices)
    await insertSeats(trx, id, plan.seats)
    ids.push(id)
  }
  return ids
}

async function insertPrices(trx: Transaction<Database>, scheduleId: string, prices: Prices): Promise<void> {
  const rows = grades.flatMap((grade) => {
    const price = prices[grade]
    return price === undefined ? [] : [{ event_schedule_id: scheduleId, grade, price }]
  })
  await trx.insertInto('schedule_prices').values(rows).execute()
}

async function insertSeats(trx: Transaction<Database>, scheduleId: string, seats: readonly ExpandedSeat[]) {
  const { rows } = await sql<{ seed: string }>`select uuidv7() as seed`.execute(trx)
  const [seed] = rows
  if (seed === undefined) throw new Error('PostgreSQL gave no UUID')
  const ids = seatIdsFrom(seed.seed, seats.length)
  const column = <Name extends keyof ExpandedSeat>(name: Name) => seats.map((seat) => seat[name])
  await sql`
    insert into seats (
      id, event_schedule_id, ordinal, section, row_label, seat_number, grade, price, x, y, accessible, restricted_view)
    select
      seat.id, ${scheduleId}, seat.ordinal, seat.section, seat.row_label, seat.seat_number, seat.grade, p.price,
      seat.x, seat.y, seat.accessible, seat.restricted_view
    from unnest(
      ${ids}::uuid[], ${column('ordinal')}::int[], ${column('section')}::text[], ${column('row')}::text[],
      ${column('seatNumber')}::text[], ${column('grade')}::text[], ${column('x')}::float8[], ${column('y')}::float8[],
      ${column('accessible')}::boolean[], ${column('restrictedView')}::boolean[]
    ) as seat (id, ordinal, section, row_label, seat_number, grade, x, y, accessible, restricted_view)
    join schedule_prices p on p.event_schedule_id = ${scheduleId} and p.grade = seat.grade
    order by seat.ordinal`.execute(trx)
}
