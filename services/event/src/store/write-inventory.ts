import { sql, type Transaction } from 'kysely'
import type { ExpandedSeat } from '../domain/expand-seats.ts'
import { grades } from '../domain/grades.ts'
import type { Prices } from '../domain/schedule-plan.ts'
import { seatIdsFrom } from '../domain/seat-ids.ts'
import type { Database } from './database.ts'

/** What a schedule has to sell: every seat, and a price for each grade of them. */
export type Inventory = { prices: Prices; seats: readonly ExpandedSeat[] }

/** Writes the prices and, in one statement, all seats of a schedule that has none (EVT-018). */
export async function writeInventory(
  trx: Transaction<Database>,
  scheduleId: string,
  inventory: Inventory,
): Promise<void> {
  await insertPrices(trx, scheduleId, inventory.prices)
  await insertSeats(trx, scheduleId, inventory.seats)
}

/** Gives a schedule other seats, under new IDs, and prices; its layout version rises so that nobody keeps the old map. */
export async function replaceInventory(
  trx: Transaction<Database>,
  scheduleId: string,
  inventory: Inventory,
): Promise<void> {
  await trx.deleteFrom('seats').where('event_schedule_id', '=', scheduleId).execute()
  await trx.deleteFrom('schedule_prices').where('event_schedule_id', '=', scheduleId).execute()
  await writeInventory(trx, scheduleId, inventory)
  await raiseLayout(trx, scheduleId)
}

/** Sets the prices of a schedule and of each of its seats; the seats stay, the layout version rises. */
export async function replacePrices(trx: Transaction<Database>, scheduleId: string, prices: Prices): Promise<void> {
  await trx.deleteFrom('schedule_prices').where('event_schedule_id', '=', scheduleId).execute()
  await insertPrices(trx, scheduleId, prices)
  await sql`
    update seats set price = p.price
    from schedule_prices p
    where seats.event_schedule_id = ${scheduleId} and p.event_schedule_id = ${scheduleId}
      and p.grade = seats.grade and p.price <> seats.price`.execute(trx)
  await raiseLayout(trx, scheduleId)
}

const raiseLayout = (trx: Transaction<Database>, scheduleId: string) =>
  trx
    .updateTable('event_schedules')
    .set((set) => ({ layout_version: set('layout_version', '+', 1), version: set('version', '+', 1) }))
    .where('id', '=', scheduleId)
    .execute()

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
      id, event_schedule_id, ordinal, section, row_label, seat_number, grade, price, x, y, accessible,
      companion_of, restricted_view)
    select
      seat.id, ${scheduleId}, seat.ordinal, seat.section, seat.row_label, seat.seat_number, seat.grade, p.price,
      seat.x, seat.y, seat.accessible, seat.companion_of, seat.restricted_view
    from unnest(
      ${ids}::uuid[], ${column('ordinal')}::int[], ${column('section')}::text[], ${column('row')}::text[],
      ${column('seatNumber')}::text[], ${column('grade')}::text[], ${column('x')}::float8[], ${column('y')}::float8[],
      ${column('accessible')}::boolean[], ${column('companionOf')}::int[], ${column('restrictedView')}::boolean[]
    ) as seat (id, ordinal, section, row_label, seat_number, grade, x, y, accessible, companion_of, restricted_view)
    join schedule_prices p on p.event_schedule_id = ${scheduleId} and p.grade = seat.grade
    order by seat.ordinal`.execute(trx)
}
