import { newEvent } from '@ticket-queue/messaging'
import { v7 as uuidv7 } from 'uuid'

/** A reservation as payment and reservation tell of it. */
export type TestSale = { reservationId: string; scheduleId: string; seatIds: string[] }

const userId = uuidv7()
const someTime = '2026-11-23T12:00:00Z'
const envelope = { correlationId: 'test', userId }

export const newReservationId = (): string => uuidv7()

export const paymentSuccess = (sale: TestSale) =>
  newEvent('PaymentSuccess', {
    ...envelope,
    aggregateId: uuidv7(),
    payload: { ...sale, paymentId: uuidv7(), userId, amount: 1000, paidAt: someTime },
  })

export const reservationConfirmed = (sale: TestSale) =>
  newEvent('ReservationConfirmed', {
    ...envelope,
    aggregateId: sale.reservationId,
    payload: { ...sale, userId, eventId: uuidv7(), totalAmount: 1000, ticketNumber: 'T-1', confirmedAt: someTime },
  })

/** `withheldSeatIds`: those of its seats that come back later. `wasConfirmed`: unless told otherwise it was a ticket. */
export const reservationCancelled = ({
  withheldSeatIds,
  wasConfirmed = true,
  ...sale
}: TestSale & { withheldSeatIds?: string[]; wasConfirmed?: boolean }) =>
  newEvent('ReservationCancelled', {
    ...envelope,
    aggregateId: sale.reservationId,
    payload: {
      ...sale,
      userId,
      eventId: uuidv7(),
      totalAmount: 1000,
      reason: 'USER_CANCELLED',
      wasConfirmed,
      refundAmount: 1000,
      feeAmount: 0,
      cancelledAt: someTime,
      withheldSeatIds,
    },
  })

/** Seats that had been withheld of a sale come back. */
export const seatsReleased = (sale: TestSale) =>
  newEvent('SeatsReleased', {
    ...envelope,
    aggregateId: sale.reservationId,
    payload: { ...sale, eventId: uuidv7(), releasedAt: someTime },
  })
