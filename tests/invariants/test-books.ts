import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRedis } from '@ticket-queue/redis'
import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeEach, expect, inject } from 'vitest'
import { openBooks } from './books.ts'
import { checkBooks } from './check-books.ts'

export const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`
export const [schedule, seat, otherSeat, reservation, otherReservation, payment, user] = [1, 2, 3, 4, 5, 6, 7].map(id)

/** What the provider says of one payment. */
interface Told {
  readonly paymentId: string
  readonly capturedAmount: number
  readonly cancelledAmount: number
  readonly captures: number
  readonly currency?: string
}

/** The statements of one confirmed reservation of one seat, paid, captured, SOLD, reported and applied: books in order. */
const booksInOrder = () => [
  `TRUNCATE event_service.seats, reservation_service.reservations, reservation_service.reservation_seats,
     reservation_service.waiting_list_entries, payment_service.payments, payment_service.saga_steps, common.outbox_events, common.processed_events, common.dead_letters CASCADE`,
  `INSERT INTO event_service.seats (id, event_schedule_id, ordinal, section, row_label, seat_number, grade, price, status, reservation_id, x, y)
   VALUES ('${seat}', '${schedule}', 0, 'A', '1', 'A-1-1', 'B', 99000, 'SOLD', '${reservation}', 0, 0),
     ('${otherSeat}', '${schedule}', 1, 'A', '1', 'A-1-2', 'B', 99000, 'AVAILABLE', NULL, 1, 0)`,
  `INSERT INTO reservation_service.reservations (id, user_id, event_id, event_schedule_id, status, total_amount, event_title, artist,
     venue_name, hall_name, event_start_at, hold_expires_at, payment_id, payment_started_at, confirmed_at, ticket_number)
   VALUES ('${reservation}', '${user}', '${id(9)}', '${schedule}', 'CONFIRMED', 99000, 't', 'a', 'v', 'h', now(), now(),
     '${payment}', now(), now(), 'T-1')`,
  `INSERT INTO reservation_service.reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
   VALUES ('${reservation}', '${schedule}', '${seat}', 'A-1-1', 'B', 99000)`,
  `INSERT INTO payment_service.payments (id, reservation_id, user_id, schedule_id, seat_ids, hold_expires_at, payment_key,
     request_fingerprint, amount, status, portone_payment_id, paid_at)
   VALUES ('${payment}', '${reservation}', '${user}', '${schedule}', '{${seat}}', now(), 'key', 'f', 99000, 'SUCCESS', 'tq1', now())`,
  `INSERT INTO payment_service.saga_steps (payment_id, step, state) VALUES ('${payment}', 'SUCCESS', 'DONE')`,
  ...told(8, 'PaymentSuccess', ['reservation-payment-consumer', 'event-payment-consumer']),
  ...told(13, 'ReservationConfirmed', ['event-reservation-consumer'], { cause: id(8) }),
]

/** What makes one rule fail, and what its violation must name. */
export type Corruption = [rule: string, names: string, corrupt: () => unknown]

/** Books of one test file, in order before each of its tests, and ways to corrupt them. */
export async function testBooks() {
  const { redisUrl } = inject('stack')
  const { ownerUrl } = await testDatabase<unknown>('reservation')
  const redisKeyPrefix = `books-${randomBytes(4).toString('hex')}:`
  const { said, provider, sandboxUrl } = await startProvider()
  const books = openBooks({ databaseUrl: ownerUrl, redisUrl, redisKeyPrefix, sandboxUrl })
  const redis = createRedis({ url: redisUrl, keyPrefix: redisKeyPrefix })
  afterAll(async () => {
    await redis.close()
    await books.close()
    provider.close()
  })
  /** Statements as the owner, without the foreign keys that a corruption would offend first. */
  const write = (...statements: string[]): Promise<void> =>
    books.database.db.connection().execute(async (connection) => {
      for (const statement of ['SET session_replication_role = replica', ...statements])
        await sql.raw(statement).execute(connection)
      await sql.raw('SET session_replication_role = DEFAULT').execute(connection)
    })
  beforeEach(async () => {
    said.ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 0, captures: 1 }]
    await write(...booksInOrder())
  })
  /** The rules that are broken now. */
  const broken = async () => (await checkBooks(books)).filter((rule) => rule.violations.length > 0)
  /** The checker reports a corruption, by its rule and with what it is about. */
  const isReported = async (...[rule, names, corrupt]: Corruption): Promise<void> => {
    await corrupt()
    const found = (await broken()).find((one) => one.name === rule)
    expect(found?.violations.join('\n')).toContain(names)
  }
  return { said, redis, write, broken, isReported }
}

/** A provider that says what a test has it say. */
async function startProvider() {
  const said: { ledger: Told[] } = { ledger: [] }
  const provider = createServer((_request, response) => {
    const payments = said.ledger.map((entry) => ({
      ...entry,
      status: 'PAID',
      storeId: 'store',
      attempts: [{ status: 'PAID', currency: entry.currency ?? 'KRW' }],
      keptAmount: entry.capturedAmount - entry.cancelledAmount,
      captures: Array.from({ length: entry.captures }, () => ({})),
      cancellations: entry.cancelledAmount > 0 ? [{ amount: entry.cancelledAmount, at: '2026-01-01T00:00:00Z' }] : [],
    }))
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ payments }))
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  return { said, provider, sandboxUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}` }
}

/** An event of the purchase that has been published and applied by these groups; later numbers are told later. */
export function told(
  number: number,
  type: string,
  groups: readonly string[],
  { cause = null, wasConfirmed }: { cause?: string | null; wasConfirmed?: boolean } = {},
): string[] {
  const [kind, aggregate] = type.startsWith('Payment') ? ['payment', payment] : ['reservation', reservation]
  const envelope = { metadata: { causationId: cause }, payload: { reservationId: reservation, wasConfirmed } }
  const applied = groups.map((group) => `('${id(number)}', '${group}', '${aggregate}', '${type}')`)
  const inbox = 'INSERT INTO common.processed_events (event_id, consumer_group, aggregate_id, event_type) VALUES'
  return [
    `INSERT INTO common.outbox_events (id, aggregate_type, aggregate_id, event_type, topic, key, payload, published, published_at)
     VALUES ('${id(number)}', '${kind}', '${aggregate}', '${type}', '${kind}.events', 'k', '${JSON.stringify(envelope)}', true, now())`,
    ...applied.map((row) => `${inbox} ${row}`),
  ]
}
