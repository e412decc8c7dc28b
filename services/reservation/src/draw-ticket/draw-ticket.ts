import { ticketSlotAt, ticketSlotSeconds, ticketToleranceSlots } from '@ticket-queue/contracts/ticket'
import { type Kysely, sql } from 'kysely'
import type { TicketKeys } from '../domain/ticket-keys.ts'
import type { Database, ReservationSeatsGrade } from '../store/database.ts'

export interface DrawTicketDeps {
  readonly db: Kysely<Database>
  readonly ticketKeys: TicketKeys
}

export interface DrawnTicket {
  readonly reservationId: string
  readonly ticketNumber: string
  readonly scheduleId: string
  readonly seat: { readonly seatId: string; readonly seatNumber: string; readonly grade: ReservationSeatsGrade }
  readonly code: string
  /** The next code is there; ask again. */
  readonly askAgainAt: string
  readonly askAgainAfterMs: number
  /** From now on a gate with an exact clock refuses this code. */
  readonly goodUntil: string
  /** When somebody came in with this ticket. */
  readonly enteredAt: string | null
}

const slotMs = ticketSlotSeconds * 1000

/**
 * The code of this moment, by the database's clock, for one seat of a CONFIRMED reservation of this person (RSV-010):
 * the seat asked for, or the first by seat number. Null for anything else: another person's, unpaid, cancelled, unknown.
 */
export async function drawTicket(
  deps: DrawTicketDeps,
  input: { userId: string; reservationId: string; seatId?: string | undefined },
): Promise<DrawnTicket | null> {
  const found = await findTicket(deps.db, input)
  if (!found?.ticket_number) return null
  const { ticket_number: ticketNumber, event_schedule_id: scheduleId, seat_id: seatId, nowMs } = found
  const slot = ticketSlotAt(nowMs)
  const slotEndsMs = (slot + 1) * slotMs
  return {
    reservationId: input.reservationId,
    ticketNumber,
    scheduleId,
    seat: { seatId, seatNumber: found.seat_number, grade: found.grade },
    code: deps.ticketKeys.sign({ ticketNumber, seatId, scheduleId, slot }),
    askAgainAt: new Date(slotEndsMs).toISOString(),
    askAgainAfterMs: Math.ceil(slotEndsMs - nowMs),
    goodUntil: new Date(slotEndsMs + ticketToleranceSlots * slotMs).toISOString(),
    enteredAt: found.entered_at?.toISOString() ?? null,
  }
}

function findTicket(
  db: Kysely<Database>,
  { userId, reservationId, seatId }: { userId: string; reservationId: string; seatId?: string | undefined },
) {
  const seats = db
    .selectFrom('reservations')
    .innerJoin('reservation_seats as seat', (join) =>
      join.onRef('seat.reservation_id', '=', 'reservations.id').on('seat.active', '=', true),
    )
    .leftJoin('ticket_entries as entry', (join) =>
      join.onRef('entry.reservation_id', '=', 'reservations.id').onRef('entry.seat_id', '=', 'seat.seat_id'),
    )
    .select([
      'ticket_number',
      'event_schedule_id',
      'seat.seat_id',
      'seat.seat_number',
      'seat.grade',
      'entry.entered_at',
    ])
    .select(sql<number>`(extract(epoch FROM now()) * 1000)::float8`.as('nowMs'))
    .where('reservations.id', '=', reservationId)
    .where('user_id', '=', userId)
    .where('status', '=', 'CONFIRMED')
  const wanted = seatId === undefined ? seats : seats.where('seat.seat_id', '=', seatId)
  return wanted.orderBy('seat.seat_number').limit(1).executeTakeFirst()
}
