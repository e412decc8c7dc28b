import type { PaymentSuccess, ReservationCancelled } from '@ticket-queue/contracts/events'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import { makeTicketNumber } from '../domain/ticket-number.ts'
import type { Database } from '../store/database.ts'
import { seatsOf } from '../store/reservations.ts'

/**
 * Makes a paid reservation the buyer's for good: CONFIRMED, a ticket number, `ReservationConfirmed` (RSV-004). Money for
 * a reservation that has ended meanwhile is sent back: `ReservationCancelled` with the whole sum as refund.
 */
export async function confirmReservation(trx: Transaction<Database>, event: PaymentSuccess): Promise<void> {
  const { reservationId, paymentId } = event.payload
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
    .where('status', '=', 'PENDING')
    .where((either) => either.or([either('payment_id', '=', paymentId), either('payment_id', 'is', null)]))
    .returningAll()
    .executeTakeFirst()
  if (!confirmed) return refundIfEnded(trx, event)
  const seats = await seatsOf(trx, [reservationId])
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
        scheduleId: confirmed.event_schedule_id,
        seatIds: seats.map((seat) => seat.seat_id),
        totalAmount: confirmed.total_amount,
        ticketNumber: confirmed.ticket_number as string,
        confirmedAt: (confirmed.confirmed_at as Date).toISOString(),
      },
    }),
  )
}

async function refundIfEnded(trx: Transaction<Database>, event: PaymentSuccess): Promise<void> {
  const row = await trx
    .selectFrom('reservations')
    .selectAll()
    .where('id', '=', event.payload.reservationId)
    .executeTakeFirst()
  if (!row)
    throw new Error(`there is no reservation ${event.payload.reservationId} for payment ${event.payload.paymentId}`)
  const isRepeat = row.status === 'CONFIRMED' && row.payment_id === event.payload.paymentId
  if (isRepeat) return
  await addToOutbox(
    trx,
    newEvent('ReservationCancelled', {
      aggregateId: row.id,
      correlationId: event.metadata.correlationId,
      causationId: event.eventId,
      userId: row.user_id,
      payload: {
        reservationId: row.id,
        userId: row.user_id,
        eventId: row.event_id,
        scheduleId: row.event_schedule_id,
        seatIds: event.payload.seatIds,
        totalAmount: row.total_amount,
        reason: (row.cancel_reason ?? 'PAYMENT_FAILED') as ReservationCancelled['payload']['reason'],
        wasConfirmed: false,
        refundAmount: event.payload.amount,
        feeAmount: 0,
        cancelledAt: (row.cancelled_at ?? row.updated_at).toISOString(),
      },
    }),
  )
}
