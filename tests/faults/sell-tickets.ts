import { waitUntil } from '@ticket-queue/testing/wait-until'
import { sql } from 'kysely'
import { Pool } from 'undici'
import type { Books } from '../invariants/books.ts'

export interface SaleAddress {
  readonly books: Books
  readonly sandboxUrl: string
  readonly scheduleId: string
}

export interface SoldTicket {
  readonly reservationId: string
  readonly paymentId: string
  readonly portonePaymentId: string
  readonly amount: number
}

const paysAtOnce = 16
const settleMaxMs = 300_000

/**
 * Sells so many single seats to as many people in seconds: a hold and an open payment of each are written as the services would
 * have written them, everything after that is the system's own doing. People pay in PortOne's window, its webhooks come, the
 * payments are settled, the reservations confirmed, the seats sold. The last seats of the hall are taken, which nobody chooses first.
 */
export async function sellTickets(own: SaleAddress, count: number): Promise<readonly SoldTicket[]> {
  const tickets = await writeHolds(own, count)
  if (tickets.length !== count) throw new Error(`only ${tickets.length} seats were free`)
  await payInWindows(own, tickets)
  const ids = tickets.map(({ reservationId }) => reservationId)
  const confirmed = async () => {
    const { rows } = await sql<{ count: number }>`
      SELECT count(*)::int AS count FROM event_service.seats s JOIN reservation_service.reservations r ON r.id = s.reservation_id
      WHERE s.status = 'SOLD' AND r.status = 'CONFIRMED' AND r.id = ANY(${ids}::uuid[])`.execute(own.books.database.db)
    return rows[0]?.count === count
  }
  await waitUntil(confirmed, { timeoutMs: settleMaxMs, intervalMs: 500 })
  return tickets
}

async function writeHolds({ books, scheduleId }: SaleAddress, count: number): Promise<readonly SoldTicket[]> {
  const { rows } = await sql<SoldTicket>`
    WITH free AS (
      SELECT s.id AS seat_id, s.seat_number, s.grade, s.price, uuidv7() AS user_id, uuidv7() AS reservation_id,
        uuidv7() AS payment_id, now() + interval '10 minutes' AS hold_expires_at
      FROM event_service.seats s
      WHERE s.event_schedule_id = ${scheduleId}::uuid AND s.status = 'AVAILABLE' AND NOT EXISTS (
        SELECT FROM reservation_service.reservation_seats held WHERE held.seat_id = s.id AND held.active)
      ORDER BY s.ordinal DESC LIMIT ${count}
    ), made AS (
      INSERT INTO reservation_service.reservations (id, user_id, event_id, event_schedule_id, total_amount, event_title, artist,
        venue_name, hall_name, event_start_at, hold_expires_at)
      SELECT free.reservation_id, free.user_id, e.id, ${scheduleId}::uuid, free.price, e.title, e.artist, v.name, h.name,
        c.event_start_at, free.hold_expires_at
      FROM free, event_service.event_schedules c JOIN event_service.events e ON e.id = c.event_id
        JOIN event_service.venues v ON v.id = e.venue_id JOIN event_service.halls h ON h.id = e.hall_id
      WHERE c.id = ${scheduleId}::uuid
    ), seated AS (
      INSERT INTO reservation_service.reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
      SELECT reservation_id, ${scheduleId}::uuid, seat_id, seat_number, grade, price FROM free
    )
    INSERT INTO payment_service.payments (id, reservation_id, user_id, schedule_id, seat_ids, hold_expires_at, payment_key,
      request_fingerprint, amount, portone_payment_id, next_check_at)
    SELECT payment_id, reservation_id, user_id, ${scheduleId}::uuid, ARRAY[seat_id], hold_expires_at, payment_id::text,
      'written by a test', price, 'tq' || replace(payment_id::text, '-', ''), now() + interval '1 minute' FROM free
    RETURNING reservation_id AS "reservationId", id AS "paymentId", portone_payment_id AS "portonePaymentId", amount`.execute(
    books.database.db,
  )
  return rows
}

async function payInWindows({ sandboxUrl }: SaleAddress, tickets: readonly SoldTicket[]): Promise<void> {
  const sandbox = new Pool(sandboxUrl, { connections: paysAtOnce })
  const waiting = [...tickets]
  const lane = async () => {
    for (let ticket = waiting.pop(); ticket; ticket = waiting.pop()) {
      const answer = await sandbox.request({
        method: 'POST',
        path: `/sandbox/payments/${ticket.portonePaymentId}/pay`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ outcome: 'PAID', totalAmount: ticket.amount }),
      })
      const text = await answer.body.text()
      if (answer.statusCode !== 200) throw new Error(`the payment window answered ${answer.statusCode}: ${text}`)
    }
  }
  await Promise.all(Array.from({ length: paysAtOnce }, lane))
  await sandbox.close()
}
