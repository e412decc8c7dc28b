import { commitHold, holdSeats } from '@ticket-queue/lua/seat'
import { describe, expect, test } from 'vitest'
import {
  type Corruption,
  id,
  otherReservation,
  otherSeat,
  reservation,
  schedule,
  seat,
  testBooks,
  user,
} from './test-books.ts'

const { broken, isReported, redis, write } = await testBooks()

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

/** What breaks the rules of seats and of Redis. */
const corruptions: Corruption[] = [
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

  test.each(corruptions)('reports "%s" and names %s', async (...corruption) => {
    await isReported(...corruption)
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
