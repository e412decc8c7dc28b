import { sql, type Transaction } from 'kysely'
import { seatsOf } from '../consistency/compare-books.ts'
import { type Difference, differencesOf, isRepairable, type Suspect } from '../consistency/differences.ts'
import type { ReservationBooks } from '../consistency/reservation-books.ts'
import type { Cause } from '../store/announce-schedules.ts'
import { announceSoldOut } from '../store/announce-sold-out.ts'
import type { Database } from '../store/database.ts'

/** A seat that a repair has changed, and after which reservation. */
export type Change = { change: 'SOLD' | 'FREED'; seatId: string; seatNumber: string; reservationId: string }

type Repaired = { scheduleId: string; suspect: Suspect; cause: Cause }

/**
 * Makes the seats of one reservation agree with what has become of it, and gives what it changed. The reservation's sale and its seats
 * are locked first, then the reservation service is asked: news that comes meanwhile waits for the end of this
 * transaction and is applied to what it leaves, so that nothing old is written over anything new.
 */
export async function repairReservation(
  { trx, reservations }: { trx: Transaction<Database>; reservations: ReservationBooks },
  { scheduleId, suspect, cause }: Repaired,
): Promise<Change[]> {
  const { reservationId } = suspect
  const wasKnown = await lockSale(trx, scheduleId, reservationId)
  const seats = await seatsOf(trx, scheduleId, suspect).forUpdate().execute()
  const outcome = await reservations.outcome(reservationId)
  const repairable = differencesOf(suspect, seats, outcome).filter(isRepairable)
  const freed = await freeSeats(trx, reservationId, repairable)
  const sold = await sellSeats(trx, reservationId, repairable)
  if (freed.length + sold.length === 0) {
    if (!wasKnown) await trx.deleteFrom('seat_sales').where('reservation_id', '=', reservationId).execute()
    return []
  }
  // What was never told to be confirmed can still be: late money takes back what lapsed (decision 0023).
  const ended = sql<
    'LAPSED' | 'RELEASED'
  >`CASE WHEN state IN ('CONFIRMED', 'RELEASED') THEN 'RELEASED' ELSE 'LAPSED' END`
  const state = outcome?.status === 'CONFIRMED' ? 'CONFIRMED' : ended
  await trx.updateTable('seat_sales').set({ state }).where('reservation_id', '=', reservationId).execute()
  await announceSoldOut(trx, scheduleId, { freed: freed.length, sold: sold.length }, cause)
  return [...freed, ...sold]
}

/**
 * Locks the row that every event about the reservation is applied under, making it where there is none; gives whether
 * there was one.
 */
async function lockSale(trx: Transaction<Database>, scheduleId: string, reservationId: string): Promise<boolean> {
  const made = await trx
    .insertInto('seat_sales')
    .values({ reservation_id: reservationId, schedule_id: scheduleId, state: 'SOLD' })
    .onConflict((conflict) => conflict.column('reservation_id').doNothing())
    .executeTakeFirst()
  await trx.selectFrom('seat_sales').select('state').where('reservation_id', '=', reservationId).forUpdate().execute()
  return made.numInsertedOrUpdatedRows === 0n
}

/** Only a seat that still belongs to the reservation is freed. */
async function freeSeats(trx: Transaction<Database>, reservationId: string, repairable: readonly Difference[]) {
  const seatIds = idsOf(repairable, 'EXTRA')
  if (seatIds.length === 0) return []
  const rows = await trx
    .updateTable('seats')
    .set({ status: 'AVAILABLE', reservation_id: null })
    .where('id', 'in', seatIds)
    .where('reservation_id', '=', reservationId)
    .returning(['id as seatId', 'seat_number as seatNumber'])
    .execute()
  return rows.map((row): Change => ({ change: 'FREED', ...row, reservationId }))
}

/** Only a seat that nobody has is sold. */
async function sellSeats(trx: Transaction<Database>, reservationId: string, repairable: readonly Difference[]) {
  const seatIds = idsOf(repairable, 'MISSING')
  if (seatIds.length === 0) return []
  const rows = await trx
    .updateTable('seats')
    .set({ status: 'SOLD', reservation_id: reservationId })
    .where('id', 'in', seatIds)
    .where('status', '=', 'AVAILABLE')
    .returning(['id as seatId', 'seat_number as seatNumber'])
    .execute()
  return rows.map((row): Change => ({ change: 'SOLD', ...row, reservationId }))
}

const idsOf = (repairable: readonly Difference[], kind: Difference['kind']): string[] =>
  repairable.filter((difference) => difference.kind === kind).map(({ seatId }) => seatId)
