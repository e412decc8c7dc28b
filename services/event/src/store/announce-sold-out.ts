import { sql, type Transaction } from 'kysely'
import { announceSchedules, type Cause } from './announce-schedules.ts'
import type { Database } from './database.ts'

/** More than the seats of all sales that can be under way at once: each of six partitions sells up to 25 times 4 together. */
const nearlySoldOutSeats = 700

/**
 * Tells the waiting room with a ScheduleUpdated when the seats just changed in this transaction were the last ones, or the
 * first ones after a sell-out; gives whether it did. Sales near the end go one by one, so that of two that take
 * the last seats together one sees that none is left.
 */
export async function announceSoldOut(
  trx: Transaction<Database>,
  scheduleId: string,
  { freed, sold }: { freed: number; sold: number },
  cause: Cause,
): Promise<boolean> {
  if ((await countLeft(trx, scheduleId)) > nearlySoldOutSeats) return false
  await sql`select pg_advisory_xact_lock(hashtextextended(${`sold-out ${scheduleId}`}, 0))`.execute(trx)
  const left = await countLeft(trx, scheduleId)
  const before = left - freed + sold
  const flipped = (before === 0) !== (left === 0)
  if (flipped) await announceSchedules(trx, [scheduleId], cause)
  return flipped
}

/** No further than it matters, so that a hall is not counted at each sale; in no order, so that nothing is sorted for it. */
async function countLeft(trx: Transaction<Database>, scheduleId: string): Promise<number> {
  const { rows } = await sql<{ left: number }>`
    select count(*)::int as left from (
      select from seats where event_schedule_id = ${scheduleId}::uuid and status = 'AVAILABLE'
      limit ${nearlySoldOutSeats + 1}
    ) as seats_left`.execute(trx)
  return rows[0]?.left ?? 0
}
