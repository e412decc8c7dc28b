import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { commitHold, holdSeats } from '@ticket-queue/lua/seat'
import { createRedis } from '@ticket-queue/redis'
import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { openBooks } from './books.ts'
import { checkBooks } from './check-books.ts'

const { redisUrl } = inject('stack')
const { ownerUrl } = await testDatabase<unknown>('reservation')
const redisKeyPrefix = `books-${process.pid}-${performance.now()}:`
const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`
const [schedule, seat, otherSeat, reservation, otherReservation, payment, user] = [1, 2, 3, 4, 5, 6, 7].map(id)

/** What the provider says; each test may have it say something else. */
let ledger: { paymentId: string; capturedAmount: number; cancelledAmount: number; captures: number }[] = []
const provider = createServer((_request, response) => {
  const payments = ledger.map((entry) => ({
    ...entry,
    status: 'PAID',
    keptAmount: entry.capturedAmount - entry.cancelledAmount,
    captures: Array.from({ length: entry.captures }, () => ({})),
  }))
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ payments }))
}).listen(0, '127.0.0.1')
await once(provider, 'listening')
const sandboxUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
const books = openBooks({ databaseUrl: ownerUrl, redisUrl, redisKeyPrefix, sandboxUrl })
const redis = createRedis({ url: redisUrl, keyPrefix: redisKeyPrefix })
afterAll(async () => {
  await redis.close()
  await books.close()
  provider.close()
})

/** Statements as the owner, without the foreign keys that a corruption would offend first. */
async function write(...statements: string[]): Promise<void> {
  await books.database.db.connection().execute(async (connection) => {
    for (const statement of ['SET session_replication_role = replica', ...statements])
      await sql.raw(statement).execute(connection)
    await sql.raw('SET session_replication_role = DEFAULT').execute(connection)
  })
}

/** One confirmed reservation of one seat, paid, captured, SOLD, reported and applied: books in order. */
beforeEach(async () => {
  ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 0, captures: 1 }]
  await write(
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
    `INSERT INTO common.outbox_events (id, aggregate_type, aggregate_id, event_type, topic, key, payload, published, published_at)
     VALUES ('${id(8)}', 'Payment', '${payment}', 'PaymentSuccess', 'payment.events', 'k', '{}', true, now())`,
    `INSERT INTO common.processed_events (event_id, consumer_group, aggregate_id, event_type)
     SELECT '${id(8)}', g, '${payment}', 'PaymentSuccess' FROM unnest(ARRAY['reservation-payment-consumer', 'event-payment-consumer']) g`,
  )
})

const broken = async () => (await checkBooks(books)).filter((rule) => rule.violations.length > 0)

const insertEntry = `INSERT INTO reservation_service.ticket_entries (reservation_id, reservation_version, seat_id, schedule_id, scanned_by)
  VALUES ('${reservation}', 1, '${seat}', '${schedule}', '${user}')`

/** Somebody waits. */
const insertPlace = `INSERT INTO reservation_service.waiting_list_entries (id, schedule_id, user_id, event_id, event_title, event_start_at, seats_wanted)
  VALUES ('${id(12)}', '${schedule}', '${user}', '${id(9)}', 't', now(), 1)`

/** The ticket is cancelled, its seat comes back later. */
const giveBack = [
  `UPDATE reservation_service.reservations SET version = version + 1, status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'USER_CANCELLED'`,
  `UPDATE reservation_service.reservation_seats SET sold_as = reservation_id, withheld_at = now()`,
]

/** What makes one rule fail, and what its violation must name. */
const corruptions: [rule: string, names: string, corrupt: () => unknown][] = [
  [
    'no seat has two live reservations',
    `${seat}`,
    () =>
      write(
        'DROP INDEX reservation_service.reservation_seats_one_active',
        `INSERT INTO reservation_service.reservation_seats (reservation_id, schedule_id, seat_id, seat_number, grade, price)
       VALUES ('${otherReservation}', '${schedule}', '${seat}', 'A-1-1', 'B', 99000)`,
      ),
  ],
  [
    'a seat is live exactly while its reservation is',
    `${reservation}`,
    () => write('UPDATE reservation_service.reservation_seats SET active = false'),
  ],
  [
    'every hold has ended in time',
    `${reservation}`,
    () =>
      write(`UPDATE reservation_service.reservations SET status = 'PENDING', ticket_number = NULL, payment_id = NULL,
      payment_started_at = NULL, hold_expires_at = now() - interval '1 minute'`),
  ],
  [
    'a hold pinned by a payment ends with it',
    `${reservation}`,
    () => write(`UPDATE reservation_service.reservations SET status = 'PENDING', ticket_number = NULL`),
  ],
  [
    'SOLD in event = CONFIRMED or withheld in reservation',
    `${otherSeat}`,
    () =>
      write(
        `UPDATE event_service.seats SET status = 'SOLD', reservation_id = '${otherReservation}' WHERE id = '${otherSeat}'`,
      ),
  ],
  [
    'SOLD in event = CONFIRMED or withheld in reservation',
    `${seat}`,
    () => write(...giveBack, `UPDATE event_service.seats SET status = 'AVAILABLE', reservation_id = NULL`),
  ],
  [
    'a seat that comes back later is kept by the reservation that gave it back, and sold as one that has ended',
    `${reservation}`,
    () => write(`UPDATE reservation_service.reservation_seats SET sold_as = '${reservation}', withheld_at = now()`),
  ],
  [
    'a seat that comes back later is kept by the reservation that gave it back, and sold as one that has ended',
    `${otherReservation}`,
    () => write(...giveBack, `UPDATE reservation_service.reservation_seats SET sold_as = '${otherReservation}'`),
  ],
  [
    'a place in a waiting list has at most one offer, and ends as it does',
    `${id(12)}`,
    () => write(insertPlace, `UPDATE reservation_service.reservations SET waiting_list_entry_id = '${id(12)}'`),
  ],
  [
    'a reservation costs what its seats cost in the catalogue',
    `${reservation}`,
    () => write(`UPDATE event_service.seats SET price = 1 WHERE id = '${seat}'`),
  ],
  [
    'a confirmed reservation has its seats at the price it was sold for',
    `${reservation}`,
    () => write('DELETE FROM reservation_service.reservation_seats'),
  ],
  [
    'who came in had a confirmed reservation at that time',
    `${reservation}`,
    () =>
      write(
        `UPDATE reservation_service.reservations SET status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'USER_CANCELLED'`,
        'UPDATE reservation_service.reservation_seats SET active = false',
        insertEntry,
      ),
  ],
  [
    'a seat of a reservation lets one person in',
    `${seat}`,
    () =>
      write(
        'ALTER TABLE reservation_service.ticket_entries DROP CONSTRAINT IF EXISTS ticket_entries_once',
        insertEntry,
        insertEntry,
      ),
  ],
  [
    'a ticket and its payment name each other',
    `${payment}`,
    () => write(`UPDATE payment_service.payments SET user_id = '${id(11)}'`),
  ],
  [
    'every capture is one ticket or one full refund',
    'tq9',
    () => {
      ledger.push({ paymentId: 'tq9', capturedAmount: 5, cancelledAmount: 0, captures: 1 })
    },
  ],
  [
    'no ticket without a capture of its price',
    `${reservation}`,
    () => {
      ledger = []
    },
  ],
  [
    'money kept = price of tickets + fees',
    '98999',
    () => {
      ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 1, captures: 1 }]
    },
  ],
  [
    'a payment is captured once',
    'tq1',
    () => {
      ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 0, captures: 2 }]
    },
  ],
  ['no payment is left open', `${payment}`, () => write(`UPDATE payment_service.payments SET status = 'PENDING'`)],
  [
    'payment and reservation have ended alike',
    `${payment}`,
    () =>
      write(
        `UPDATE reservation_service.reservations SET status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'USER_CANCELLED'`,
      ),
  ],
  [
    'the outbox is drained',
    `${id(8)}`,
    () => write('UPDATE common.outbox_events SET published = false, published_at = NULL'),
  ],
  [
    'every event was applied by each group that wants it',
    'event-payment-consumer',
    () => write(`DELETE FROM common.processed_events WHERE consumer_group = 'event-payment-consumer'`),
  ],
  [
    'no dead letters',
    'poison',
    () => write(`INSERT INTO common.dead_letters (topic, error) VALUES ('payment.events', 'poison')`),
  ],
  [
    'every hold in Redis belongs to a live reservation',
    `${otherSeat}`,
    async () => {
      const hold = { scheduleId: `${schedule}`, reservationId: `${otherReservation}`, seatIds: [`${otherSeat}`] }
      await holdSeats(redis, hold)
      await commitHold(redis, { ...hold, remainingMs: 60_000 })
    },
  ],
]

describe('the checker of the books', () => {
  test('finds nothing in books that are in order', async () => {
    expect(await broken()).toEqual([])
  })

  test('takes an entry for good as long as it is, and when the reservation is cancelled afterwards', async () => {
    const entryRules = /^(who came in|a seat of a reservation lets)/
    await write(insertEntry)
    expect(await broken()).toEqual([])
    await write(
      `UPDATE reservation_service.reservations SET version = version + 1, status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'EVENT_CANCELLED'`,
      'UPDATE reservation_service.reservation_seats SET active = false',
    )
    expect((await broken()).filter((rule) => entryRules.test(rule.name))).toEqual([])
  })

  test('takes a seat that comes back later for sold by the ticket that was cancelled, until it is passed on', async () => {
    const seatRules = /^(a seat |SOLD in event)/
    const brokenSeats = async () => (await broken()).filter((rule) => seatRules.test(rule.name)).map(({ name }) => name)
    await write(...giveBack)
    expect(await brokenSeats()).toEqual([])
    await write(`UPDATE reservation_service.reservation_seats SET active = false, passed_on_at = now()`)
    expect(await brokenSeats()).toEqual(['SOLD in event = CONFIRMED or withheld in reservation'])
  })

  test.each(corruptions)('reports "%s" and names %s', async (rule, names, corrupt) => {
    await corrupt()
    const found = (await broken()).find((one) => one.name === rule)
    expect(found?.violations.join('\n')).toContain(names)
    await redis.client.unlink(
      `hold_seats:${schedule}`,
      `seat:hold:${schedule}:${otherSeat}`,
      `seat:tentative:${schedule}`,
    )
    await write(
      'TRUNCATE reservation_service.reservation_seats, reservation_service.ticket_entries CASCADE',
      `CREATE UNIQUE INDEX IF NOT EXISTS ticket_entries_once
       ON reservation_service.ticket_entries (reservation_id, seat_id)`,
      `CREATE UNIQUE INDEX IF NOT EXISTS reservation_seats_one_active
       ON reservation_service.reservation_seats (schedule_id, seat_id) WHERE active`,
    )
  })
})
