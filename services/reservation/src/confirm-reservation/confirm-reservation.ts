import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent, PermanentError } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import { makeTicketNumber } from '../domain/ticket-number.ts'
import type { HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { findReservation, seatsOf } from '../store/reservations.ts'
import { endOffers } from '../store/waiting-list.ts'

/**
 * Makes a paid reservation the buyer's for good: CONFIRMED, a ticket number, `ReservationConfirmed` (RSV-004). Money for
 * a reservation that has ended meanwhile goes back: `ReservationCancelled` with the whole sum as refund (data.md, step 8).
 * Gives the seats that have been sold by this, or null. Throws a PermanentError, for a person to look at, if the money belongs
 * to neither.
 */
export async function confirmReservation(trx: Transaction<Database>, event: PaymentSuccess): Promise<HeldSeats | null> {
  const { reservationId, paymentId, userId, amount } = event.payload
  const confirmed = await trx
    .updateTable('reservations')
    .set({
      status: 'CONFIRMED',
      confirmed_at: sql<Date>`now()`,
      ticket_number: makeTicketNumber(),
      payment_id: paymentId,
      payment_started_at: sql<Date>`coalesce(payment_started_at, now())`,
      version: sql<number>`version + 1`,
    })
    .where('id', '=', reservationId)
    .where('user_id', '=', userId)
    .where('total_amount', '=', amount)
    .where('status', '=', 'PENDING')
    .where((either) => either.or([either('payment_id', '=', paymentId), either('payment_id', 'is', null)]))
    .returningAll()
    .executeTakeFirst()
  if (!confirmed) {
    await refundIfEnded(trx, event)
    return null
  }
  await endOffers(trx, [confirmed.waiting_list_entry_id], 'TAKEN')
  const seats = await seatsOf(trx, [reservationId])
  const scheduleId = confirmed.event_schedule_id
  const seatIds = (seats.get(reservationId) ?? []).map((seat) => seat.seat_id)
  await addToOutbox(
    trx,
    newEvent('ReservationConfirmed', {
      aggregateId: reservationId,
      correlationId: event.metadata.correlationId,
      causationId: event.eventId,
      userId: confirmed.user_id,
      payload: {
        reservationId,
        userId: confirmed.user_id,
        eventId: confirmed.event_id,
        scheduleId,
        seatIds,
        totalAmount: confirmed.total_amount,
        ticketNumber: confirmed.ticket_number as string,
        confirmedAt: (confirmed.confirmed_at as Date).toISOString(),
      },
    }),
  )
  return { reservationId, scheduleId, seatIds }
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
