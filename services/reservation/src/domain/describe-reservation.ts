import { z } from 'zod'
import { type CancellationQuote, quoteCancellation } from './quote-cancellation.ts'

const time = z.iso.datetime({ offset: true })

/** A reservation as its owner sees it (api.md, RSV-009, RSV-010). */
export const reservationAnswerSchema = z.object({
  reservationId: z.uuid(),
  eventId: z.uuid(),
  eventTitle: z.string(),
  artist: z.string(),
  venueName: z.string(),
  hallName: z.string(),
  scheduleId: z.uuid(),
  scheduleDate: time,
  status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
  seats: z.array(
    z.object({ seatId: z.uuid(), seatNumber: z.string(), grade: z.enum(['VIP', 'S', 'A', 'B']), price: z.int() }),
  ),
  totalAmount: z.int(),
  holdExpiresAt: time.nullable(),
  paymentId: z.uuid().nullable(),
  ticketNumber: z.string().nullable(),
  /** Where the ticket of each seat is drawn (`?seat=`), once there is one. */
  ticketPath: z.string().nullable(),
  cancelReason: z.string().nullable(),
  /** What giving the tickets back would cost now; null where they cannot be given back. */
  cancellation: z.object({ allowedUntil: time, feeNow: z.int(), refundNow: z.int() }).nullable(),
  createdAt: time,
})

export type ReservationAnswer = z.infer<typeof reservationAnswerSchema>

interface Described {
  readonly id: string
  readonly event_id: string
  readonly event_title: string
  readonly artist: string
  readonly venue_name: string
  readonly hall_name: string
  readonly event_schedule_id: string
  /** When the show was to be when the tickets were sold, and when it is. */
  readonly event_start_at: Date
  readonly show_starts_at: Date
  /** Somebody has come in with one of the tickets. */
  readonly is_used: boolean
  /** The show has been called off. */
  readonly schedule_cancelled: boolean
  readonly status: ReservationAnswer['status']
  readonly total_amount: number
  readonly hold_expires_at: Date
  readonly payment_id: string | null
  readonly ticket_number: string | null
  readonly cancel_reason: string | null
  readonly created_at: Date
  readonly confirmed_at: Date | null
  readonly cancellation_policy: string
  /** The database's time at which the row was read. */
  readonly now: Date
  readonly seats: readonly {
    readonly seat_id: string
    readonly seat_number: string
    readonly grade: ReservationAnswer['seats'][number]['grade']
    readonly price: number
  }[]
}

/** The public form of a row; a hold's end is told only while the reservation is PENDING. */
export function describeReservation(row: Described): ReservationAnswer {
  return {
    reservationId: row.id,
    eventId: row.event_id,
    eventTitle: row.event_title,
    artist: row.artist,
    venueName: row.venue_name,
    hallName: row.hall_name,
    scheduleId: row.event_schedule_id,
    scheduleDate: row.show_starts_at.toISOString(),
    status: row.status,
    seats: row.seats.map((seat) => ({
      seatId: seat.seat_id,
      seatNumber: seat.seat_number,
      grade: seat.grade,
      price: seat.price,
    })),
    totalAmount: row.total_amount,
    holdExpiresAt: row.status === 'PENDING' ? row.hold_expires_at.toISOString() : null,
    paymentId: row.payment_id,
    ticketNumber: row.ticket_number,
    ticketPath: row.status === 'CONFIRMED' ? `/reservations/${row.id}/ticket` : null,
    cancelReason: row.cancel_reason,
    cancellation: cancellationOf(row),
    createdAt: row.created_at.toISOString(),
  }
}

/**
 * What giving the tickets of a confirmed reservation back costs when its row is read, or why they are not taken: this is told before, and
 * kept after. A show that has been called off gives everything back, whatever the day, and who has come in as well.
 */
export function quoteTickets(row: Described): CancellationQuote | { readonly refused: 'TICKET_USED' } {
  if (row.schedule_cancelled) return { allowedUntil: row.show_starts_at, fee: 0, refund: row.total_amount }
  if (row.is_used) return { refused: 'TICKET_USED' }
  const sold = {
    policy: row.cancellation_policy,
    // The ticket was booked when it was paid.
    bookedAt: row.confirmed_at ?? row.created_at,
    showStartsAt: row.show_starts_at,
    isMoved: row.show_starts_at.getTime() !== row.event_start_at.getTime(),
    prices: row.seats.map((seat) => seat.price),
  }
  return quoteCancellation(sold, row.now)
}

function cancellationOf(row: Described): ReservationAnswer['cancellation'] {
  if (row.status !== 'CONFIRMED') return null
  const quote = quoteTickets(row)
  if ('refused' in quote) return null
  return { allowedUntil: quote.allowedUntil.toISOString(), feeNow: quote.fee, refundNow: quote.refund }
}
