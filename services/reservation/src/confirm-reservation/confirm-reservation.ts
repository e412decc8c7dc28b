import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent, PermanentError } from '@ticket-queue/messaging'
import { type Selectable, sql, type Transaction } from 'kysely'
import { makeTicketNumber } from '../domain/ticket-number.ts'
import type { HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { findReservation, type ReservationRow, seatsOf } from '../store/reservations.ts'
import { endOffers } from '../store/waiting-list.ts'

/**
 * Makes paid reservations the buyers' for good: CONFIRMED, a ticket number, `ReservationConfirmed` (RSV-004). Money for
 * a reservation that has ended meanwhile goes back: `ReservationCancelled` with the whole sum as refund (data.md, step 8).
 * Gives the seats that have been sold by this. Throws a PermanentError, for a person to look at, if money belongs to neither:
 * then nothing may be committed.
 */
export async function confirmReservations(
  trx: Transaction<Database>,
  events: readonly PaymentSuccess[],
): Promise<HeldSeats[]> {
  const confirmed = await confirmRows(trx, events)
  const isConfirmed = ({ payload }: PaymentSuccess) =>
    confirmed.some((row) => row.id === payload.reservationId && row.payment_id === payload.paymentId)
  for (const event of events) if (!isConfirmed(event)) await refundIfEnded(trx, event)
  await endOffers(
    trx,
    confirmed.map((row) => row.waiting_list_entry_id),
    'TAKEN',
  )
  const told = events.flatMap((event) => {
    // An event that has come twice under another ID is told once.
    const at = confirmed.findIndex((row) => row.payment_id === event.payload.paymentId)
    const [row] = at < 0 ? [] : confirmed.splice(at, 1)
    return row ? [{ event, row, seatIds: row.seats.map((seat) => seat.seat_id) }] : []
  })
  await addToOutbox(
    trx,
    told.map(({ event, row, seatIds }) =>
      newEvent('ReservationConfirmed', {
        aggregateId: row.id,
        correlationId: event.metadata.correlationId,
        causationId: event.eventId,
        userId: row.user_id,
        payload: {
          reservationId: row.id,
          userId: row.user_id,
          eventId: row.event_id,
          scheduleId: row.event_schedule_id,
          seatIds,
          totalAmount: row.total_amount,
          ticketNumber: row.ticket_number as string,
          confirmedAt: (row.confirmed_at as Date).toISOString(),
        },
      }),
    ),
  )
  return told.map(({ row, seatIds }) => ({ reservationId: row.id, scheduleId: row.event_schedule_id, seatIds }))
}

type ConfirmedRow = Selectable<Database['reservations']> & Pick<ReservationRow, 'seats'>

/** Seats are read after the rows are locked: who waited for an exchange of seats must tell those that came of it. */
async function confirmRows(trx: Transaction<Database>, events: readonly PaymentSuccess[]): Promise<ConfirmedRow[]> {
  const paid = events
    .map(({ payload: { reservationId, paymentId, userId, amount } }) => ({
      ...{ reservationId, paymentId, userId, amount },
      ticketNumber: makeTicketNumber(),
    }))
    // In one order everywhere, so that two groups do not wait for each other's rows.
    .toSorted((a, b) => (a.reservationId < b.reservationId ? -1 : 1))
  const { rows } = await sql<Selectable<Database['reservations']>>`
    UPDATE reservations SET status = 'CONFIRMED', confirmed_at = now(), ticket_number = paid."ticketNumber",
      payment_id = paid."paymentId", payment_started_at = coalesce(payment_started_at, now()), version = version + 1
    FROM jsonb_to_recordset(${JSON.stringify(paid)}::jsonb)
      AS paid ("reservationId" uuid, "paymentId" uuid, "userId" uuid, amount bigint, "ticketNumber" text)
    WHERE reservations.id = paid."reservationId" AND user_id = paid."userId" AND total_amount = paid.amount
      AND status = 'PENDING' AND (payment_id = paid."paymentId" OR payment_id IS NULL)
    RETURNING reservations.*`.execute(trx)
  const seats = await seatsOf(
    trx,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => ({ ...row, seats: seats.get(row.id) ?? [] }))
}

/** A reservation that ended unpaid gives the money back; one that this payment has confirmed already stays as it is. */
async function refundIfEnded(trx: Transaction<Database>, event: PaymentSuccess): Promise<void> {
  const { reservationId, amount, seatIds } = event.payload
  const ended = await trx
    .updateTable('reservations')
    .set({ refund_amount: sql<number>`least(total_amount, ${amount}::bigint)`, version: sql<number>`version + 1` })
    .where('id', '=', reservationId)
    .where('status', '=', 'CANCELLED')
    .where('confirmed_at', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (!ended) return refuseUnlessRepeat(trx, event)
  await addToOutbox(
    trx,
    newEvent('ReservationCancelled', {
      aggregateId: reservationId,
      correlationId: event.metadata.correlationId,
      causationId: event.eventId,
      userId: ended.user_id,
      payload: {
        reservationId,
        userId: ended.user_id,
        eventId: ended.event_id,
        scheduleId: ended.event_schedule_id,
        seatIds,
        totalAmount: ended.total_amount,
        reason: ended.cancel_reason ?? 'PAYMENT_FAILED',
        wasConfirmed: false,
        refundAmount: amount,
        feeAmount: 0,
        cancelledAt: (ended.cancelled_at as Date).toISOString(),
      },
    }),
  )
}

/** Money that belongs to no reservation, or to one that another payment has pinned, must not end that one: a person decides. */
async function refuseUnlessRepeat(trx: Transaction<Database>, event: PaymentSuccess): Promise<void> {
  const { reservationId, paymentId, amount } = event.payload
  const row = await findReservation(trx, reservationId)
  if (row?.payment_id === paymentId && row.confirmed_at !== null) return
  const state = row ? `${row.status}, pinned by ${row.payment_id ?? 'none'}, of ${row.total_amount} won` : 'unknown'
  throw new PermanentError(`payment ${paymentId} of ${amount} won is not for reservation ${reservationId} (${state})`)
}
