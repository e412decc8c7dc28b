import { PermanentError } from '@ticket-queue/messaging'
import { type RawBuilder, type SqlBool, sql, type Transaction } from 'kysely'
import type { Cause } from '../store/announce-schedules.ts'
import { announceSoldOut } from '../store/announce-sold-out.ts'
import type { Database } from '../store/database.ts'

/** A reservation whose money is there, as payment or reservation tells it. */
export type Sale = { reservationId: string; scheduleId: string; seatIds: readonly string[] }

/** A reservation that has ended, and which of its seats are not free yet. */
export type EndedSale = Sale & { withheldSeatIds?: readonly string[] | undefined }

/** `flipped`: the schedule has just sold out, or has seats again. */
export type SaleOutcome = { flipped: boolean }
const nothing: SaleOutcome = { flipped: false }

/**
 * Marks the seats of a paid reservation SOLD (EVT-008, EVT-016). May be told again and in any order: a reservation once released
 * stays released, and of two reservations that claim a seat the later one has it, because the earlier must have ended
 * before the later could be made (IDs are UUID v7, which rise with time). Throws a PermanentError if a seat is not of the schedule.
 */
export async function markSeatsSold(trx: Transaction<Database>, sale: Sale, cause: Cause): Promise<SaleOutcome> {
  await refuseUnknownSeats(trx, sale)
  if (!(await claim(trx, sale, 'SOLD'))) return nothing
  await lockSeats(trx, sale)
  const sold = await trx
    .updateTable('seats')
    .set({ status: 'SOLD', reservation_id: sale.reservationId })
    .where('event_schedule_id', '=', sale.scheduleId)
    .where('id', 'in', sale.seatIds)
    .where((where) =>
      where.or([
        where('status', '=', 'AVAILABLE'),
        where('reservation_id', '<', sql<string>`${sale.reservationId}::uuid`),
      ]),
    )
    .executeTakeFirst()
  if (sold.numUpdatedRows === 0n) return nothing
  return { flipped: await announceSoldOut(trx, sale.scheduleId, { freed: 0 }, cause) }
}

/**
 * Frees what a cancelled reservation holds and remembers that it has ended, so that a PaymentSuccess which comes late
 * cannot sell its seats again (EVT-016, RSV-011). What the reservation service withholds stays SOLD. May be told again.
 */
export async function releaseSeats(trx: Transaction<Database>, ended: EndedSale, cause: Cause): Promise<SaleOutcome> {
  await refuseUnknownSeats(trx, ended)
  if (!(await claim(trx, ended, 'RELEASED'))) return nothing
  return freeSeats(trx, ended, sql`id <> ALL (${[...(ended.withheldSeatIds ?? [])]}::uuid[])`, cause)
}

/** Frees what had been withheld of a cancelled reservation, unless a later one has it by now (RSV-011). May be told again. */
export async function releaseWithheldSeats(trx: Transaction<Database>, sale: Sale, cause: Cause): Promise<SaleOutcome> {
  await refuseUnknownSeats(trx, sale)
  await claim(trx, sale, 'RELEASED')
  return freeSeats(trx, sale, sql`id = ANY (${[...sale.seatIds]}::uuid[])`, cause)
}

/** Frees those of a reservation's seats for which `isFreed` holds. */
async function freeSeats(
  trx: Transaction<Database>,
  sale: Sale,
  isFreed: RawBuilder<SqlBool>,
  cause: Cause,
): Promise<SaleOutcome> {
  await lockSeats(trx, sale)
  const freed = await trx
    .updateTable('seats')
    .set({ status: 'AVAILABLE', reservation_id: null })
    .where('event_schedule_id', '=', sale.scheduleId)
    .where('reservation_id', '=', sale.reservationId)
    .where(isFreed)
    .executeTakeFirst()
  if (freed.numUpdatedRows === 0n) return nothing
  return { flipped: await announceSoldOut(trx, sale.scheduleId, { freed: Number(freed.numUpdatedRows) }, cause) }
}

/** Writes the state of the reservation unless it has been released; the row stays locked, so that orders cannot cross. */
async function claim(trx: Transaction<Database>, sale: Sale, state: 'SOLD' | 'RELEASED'): Promise<boolean> {
  const written = await trx
    .insertInto('seat_sales')
    .values({ reservation_id: sale.reservationId, schedule_id: sale.scheduleId, state })
    .onConflict((conflict) =>
      conflict.column('reservation_id').doUpdateSet({ state }).where('seat_sales.state', '<>', 'RELEASED'),
    )
    .returning('reservation_id')
    .executeTakeFirst()
  return written !== undefined
}

/** In ordinal order, so that two reservations that share seats cannot wait for each other. */
const lockSeats = (trx: Transaction<Database>, sale: Sale) =>
  trx
    .selectFrom('seats')
    .select('id')
    .where('event_schedule_id', '=', sale.scheduleId)
    .where('id', 'in', sale.seatIds)
    .orderBy('ordinal')
    .forUpdate()
    .execute()

async function refuseUnknownSeats(trx: Transaction<Database>, { scheduleId, seatIds }: Sale): Promise<void> {
  const { known } = await trx
    .selectFrom('seats')
    .select((select) => select.fn.countAll<number>().as('known'))
    .where('event_schedule_id', '=', scheduleId)
    .where('id', 'in', seatIds)
    .executeTakeFirstOrThrow()
  if (known !== new Set(seatIds).size) throw new PermanentError(`schedule ${scheduleId} has not all seats of the event`)
}
