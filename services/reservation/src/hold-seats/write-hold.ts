import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { CatalogueSeat } from '../catalogue.ts'
import { cancelRows } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { findReservation, type ReservationRow } from '../store/reservations.ts'
import type { HoldRefusal, HoldSeatsInput } from './hold-seats.ts'

/** A hold as the database has it; `remainingMs` is measured by the database's clock. */
export interface WrittenHold {
  readonly reservationId: string
  readonly seats: { seatId: string; seatNumber: string; grade: 'VIP' | 'S' | 'A' | 'B'; price: number }[]
  readonly totalAmount: number
  readonly holdExpiresAt: string
  readonly remainingMs: number
}

interface HoldToWrite extends HoldSeatsInput {
  readonly reservationId: string
  readonly schedule: InternalSchedule
  readonly seats: readonly CatalogueSeat[]
  /** Redis has refused these seats: look only whether the buyer's own hold of them exists (a repeat after a lost answer). */
  readonly onlyExisting?: boolean
  readonly takenSeatIds?: readonly string[]
}

interface WriteDeps {
  readonly db: Kysely<Database>
  readonly holdSeconds: number
  readonly wakeRelay: () => void
}

/**
 * Writes the PENDING reservation with its seats in one transaction. The unique index over active seats has the last
 * word, whatever Redis said; holds whose time is over are ended here rather than waited for.
 */
export async function writeHold(deps: WriteDeps, hold: HoldToWrite): Promise<WrittenHold | HoldRefusal> {
  try {
    const written = await inTransaction(deps.db, async (trx) => {
      await endExpiredHolds(trx, hold)
      const own = await ownPending(trx, hold)
      if (own) return sameSeats(own, hold.seatIds) ? describe(trx, own) : existsAlready(own)
      if (hold.onlyExisting) return { refused: 'SEAT_TAKEN' as const, seatIds: [...(hold.takenSeatIds ?? [])] }
      return insertHold(trx, deps.holdSeconds, hold)
    })
    deps.wakeRelay()
    return written
  } catch (error) {
    if (isUniqueViolation(error, 'reservation_seats_one_active')) {
      return { refused: 'SEAT_TAKEN', seatIds: await activeAmong(deps.db, hold) }
    }
    if (isUniqueViolation(error, 'reservations_one_pending')) return writeHold(deps, { ...hold, onlyExisting: true })
    throw error
  }
}

/** Ends this buyer's own overdue hold and overdue holds of the wanted seats; a hold with a payment under way is left alone. */
async function endExpiredHolds(trx: Transaction<Database>, hold: HoldToWrite): Promise<void> {
  const overdue = await trx
    .selectFrom('reservations')
    .select('id')
    .where('status', '=', 'PENDING')
    .where('payment_started_at', 'is', null)
    .where('hold_expires_at', '<=', sql<Date>`now()`)
    .where('event_schedule_id', '=', hold.scheduleId)
    .where((either) =>
      either.or([
        either('user_id', '=', hold.userId),
        either(
          'id',
          'in',
          trx
            .selectFrom('reservation_seats')
            .select('reservation_id')
            .where('schedule_id', '=', hold.scheduleId)
            .where('seat_id', 'in', hold.seatIds)
            .where('active', '=', true),
        ),
      ]),
    )
    .orderBy('id')
    .forUpdate()
    .execute()
  await cancelRows(trx, {
    reservationIds: overdue.map((row) => row.id),
    from: 'PENDING',
    reason: 'HOLD_EXPIRED',
    correlationId: hold.requestId,
  })
}

async function ownPending(trx: Transaction<Database>, hold: HoldToWrite): Promise<ReservationRow | null> {
  const row = await trx
    .selectFrom('reservations')
    .select('id')
    .where('user_id', '=', hold.userId)
    .where('event_schedule_id', '=', hold.scheduleId)
    .where('status', '=', 'PENDING')
    .executeTakeFirst()
  return row ? findReservation(trx, row.id) : null
}

function sameSeats(own: ReservationRow, seatIds: readonly string[]): boolean {
  const held = new Set(own.seats.map((seat) => seat.seat_id))
  return held.size === seatIds.length && seatIds.every((id) => held.has(id))
}

const existsAlready = (own: ReservationRow): HoldRefusal => ({
  refused: 'HOLD_EXISTS',
  reservationId: own.id,
  holdExpiresAt: own.hold_expires_at.toISOString(),
})

async function insertHold(trx: Transaction<Database>, holdSeconds: number, hold: HoldToWrite) {
  const { schedule } = hold
  const open = await sql<{ open: boolean }>`
    SELECT now() >= ${schedule.saleStartAt}::timestamptz AND now() < ${schedule.saleEndAt}::timestamptz AS open
  `.execute(trx)
  const onSale = schedule.status !== 'CANCELLED' && schedule.eventStatus === 'OPEN' && open.rows[0]?.open === true
  if (!onSale) return { refused: 'SALE_NOT_OPEN' as const }
  await trx
    .insertInto('reservations')
    .values({
      id: hold.reservationId,
      user_id: hold.userId,
      event_id: schedule.eventId,
      event_schedule_id: hold.scheduleId,
      status: 'PENDING',
      total_amount: hold.seats.reduce((sum, seat) => sum + seat.price, 0),
      event_title: schedule.eventTitle,
      artist: schedule.artist,
      venue_name: schedule.venueName,
      hall_name: schedule.hallName,
      event_start_at: new Date(schedule.eventStartAt),
      hold_expires_at: sql<Date>`now() + make_interval(secs => ${holdSeconds})`,
    })
    .execute()
  // One order for everybody: two buyers with crossing seats meet at the same row first, so neither waits for the other in a ring.
  const inOrder = hold.seats.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  await trx
    .insertInto('reservation_seats')
    .values(
      inOrder.map((seat) => ({
        reservation_id: hold.reservationId,
        schedule_id: hold.scheduleId,
        seat_id: seat.id,
        seat_number: seat.seatNumber,
        grade: seat.grade,
        price: seat.price,
      })),
    )
    .execute()
  const row = await findReservation(trx, hold.reservationId)
  if (!row) throw new Error(`reservation ${hold.reservationId} is not there right after its insert`)
  return describe(trx, row)
}

async function describe(trx: Transaction<Database>, row: ReservationRow): Promise<WrittenHold> {
  const left = await sql<{ remaining_ms: number }>`
    SELECT (extract(epoch FROM ${row.hold_expires_at}::timestamptz - now()) * 1000)::float8 AS remaining_ms
  `.execute(trx)
  return {
    reservationId: row.id,
    seats: row.seats.map((seat) => ({
      seatId: seat.seat_id,
      seatNumber: seat.seat_number,
      grade: seat.grade as WrittenHold['seats'][number]['grade'],
      price: seat.price,
    })),
    totalAmount: row.total_amount,
    holdExpiresAt: row.hold_expires_at.toISOString(),
    remainingMs: left.rows[0]?.remaining_ms ?? 0,
  }
}

async function activeAmong(db: Kysely<Database>, hold: HoldToWrite): Promise<string[]> {
  const rows = await db
    .selectFrom('reservation_seats')
    .select('seat_id')
    .where('schedule_id', '=', hold.scheduleId)
    .where('seat_id', 'in', hold.seatIds)
    .where('active', '=', true)
    .execute()
  return rows.map((row) => row.seat_id)
}
