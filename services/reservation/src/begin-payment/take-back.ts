import { inTransaction, isUniqueViolation } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import type { Database } from '../store/database.ts'
import { withinPersonLimit } from '../store/person-limit.ts'
import { isScheduleCancelled, type ReservationRow, showStartsAt } from '../store/reservations.ts'

export interface TakeBackDeps {
  readonly db: Kysely<Database>
  readonly catalogue: Catalogue
}

interface TakeBackInput {
  readonly paymentId: string
  readonly captured: { readonly paymentVersion: number }
}

/**
 * Gives a reservation whose hold is over to the payment whose money has come all the same, if its seats are still, or again, free
 * (decision 0023): PENDING and pinned, its seats active, in one transaction. The unique index decides between it and whoever
 * holds the seats at that moment. A refusal is written down: the money goes back, and no later moment may change that. Throws
 * what does not decide it, such as 503 while the event service does not tell its rules.
 */
export async function takeBack(deps: TakeBackDeps, row: ReservationRow, input: TakeBackInput): Promise<void> {
  if (row.refused_payment_ids.includes(input.paymentId)) return
  if (!(await isTakenBack(deps, row, input))) await refuseForGood(deps.db, row.id, input.paymentId)
}

async function isTakenBack(deps: TakeBackDeps, row: ReservationRow, input: TakeBackInput): Promise<boolean> {
  const schedule = await deps.catalogue.schedule(row.event_schedule_id)
  if (schedule === null || schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return false
  const write = (trx: Transaction<Database>) => takeRows(trx, row, input)
  const { perPersonMax: seatsMax } = schedule.rules
  try {
    if (seatsMax === null) return await inTransaction(deps.db, write)
    const instead = { reservationId: row.id }
    const limit = { userId: row.user_id, eventId: row.event_id, seatsMax, wanted: row.seats.length, instead }
    return (await withinPersonLimit(deps.db, limit, write)) === true
  } catch (error) {
    if (error instanceof NotFree || guards.some((guard) => isUniqueViolation(error, guard))) return false
    throw error
  }
}

/** Somebody has the seats, or the buyer holds others of the schedule. */
const guards = ['reservation_seats_one_active', 'reservations_one_pending']

/** The seats had been somebody's for good meanwhile: they go the way of tickets that were given back. */
class NotFree extends Error {}

async function takeRows(trx: Transaction<Database>, row: ReservationRow, input: TakeBackInput): Promise<boolean> {
  const before = await trx
    .selectFrom('reservations')
    .select(['id', 'cancelled_at'])
    .where('id', '=', row.id)
    .where('payment_id', 'is', null)
    .where(isLapsed)
    .where(sql<boolean>`NOT ${isScheduleCancelled}`)
    .where(sql<boolean>`${showStartsAt(sql`reservations.event_schedule_id`, sql`reservations.event_start_at`)} > now()`)
    .where(sql<boolean>`NOT ${input.paymentId}::uuid = ANY (refused_payment_ids)`)
    .forUpdate()
    .executeTakeFirst()
  if (!before) return false
  await trx
    .updateTable('reservations')
    .set({
      ...{ status: 'PENDING', cancelled_at: null, cancel_reason: null, refund_amount: null, fee_amount: null },
      payment_id: input.paymentId,
      payment_started_at: sql<Date>`now()`,
      payment_version: input.captured.paymentVersion,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', row.id)
    .execute()
  if (before.cancelled_at === null) return true
  await activateSeats(trx, row.id)
  if (await wereSoldSince(trx, row, before.cancelled_at)) throw new NotFree()
  return true
}

/** An offer that has lapsed goes to the next in line, so that it is not taken back. */
const isLapsed = sql<boolean>`(
  status = 'PENDING' OR (status = 'CANCELLED' AND cancel_reason = 'HOLD_EXPIRED' AND waiting_list_entry_id IS NULL)
)`

/** One by one in the order in which everybody takes seats, so that nobody waits in a ring. */
async function activateSeats(trx: Transaction<Database>, reservationId: string): Promise<void> {
  const seats = await trx
    .selectFrom('reservation_seats')
    .select('id')
    .where('reservation_id', '=', reservationId)
    .where('dropped_at', 'is', null)
    .orderBy('seat_id')
    .execute()
  for (const { id } of seats) {
    await trx.updateTable('reservation_seats').set({ active: true }).where('id', '=', id).execute()
  }
}

/**
 * Whether one of the seats became a ticket after the hold had ended, and was given back: of two reservations of a seat the event
 * service takes the later one for its owner. Asked when the seats are active, so that nobody else can sell them any more.
 */
async function wereSoldSince(trx: Transaction<Database>, row: ReservationRow, endedAt: Date): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM reservations JOIN reservation_seats ON reservation_id = reservations.id
    WHERE status = 'CANCELLED' AND event_schedule_id = ${row.event_schedule_id} AND cancelled_at >= ${endedAt}
      AND confirmed_at IS NOT NULL AND dropped_at IS NULL AND seat_id = ANY (${row.seats.map((seat) => seat.seat_id)}::uuid[])
    LIMIT 1`.execute(trx)
  return rows.length > 0
}

/** Unless the payment has been granted it meanwhile. */
async function refuseForGood(db: Kysely<Database>, reservationId: string, paymentId: string): Promise<void> {
  await db
    .updateTable('reservations')
    .set({ refused_payment_ids: sql<string[]>`array_append(refused_payment_ids, ${paymentId}::uuid)` })
    .where('id', '=', reservationId)
    .where('payment_id', 'is', null)
    .where(sql<boolean>`NOT ${paymentId}::uuid = ANY (refused_payment_ids)`)
    .execute()
}
