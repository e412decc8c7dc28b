import { findRows } from './find-rows.ts'
import type { Rule } from './rule.ts'

const rule = (name: string, query: { broken: string; examined: string }): Rule => ({
  name,
  check: (books) => findRows(books, query),
})

/** S1, S2, S3 of reliability.md, and the purchase's end state. */
export const seatRules: readonly Rule[] = [
  rule('no seat has two live reservations', {
    examined: `SELECT count(*) FROM reservation_service.reservation_seats WHERE active`,
    broken: `SELECT format('seat %s of schedule %s is in reservations %s', seat_id, schedule_id, string_agg(reservation_id::text, ', ')) AS what
      FROM reservation_service.reservation_seats WHERE active GROUP BY schedule_id, seat_id HAVING count(*) > 1`,
  }),
  rule('a seat is live exactly while its reservation is', {
    examined: `SELECT count(*) FROM reservation_service.reservation_seats`,
    broken: `SELECT format('seat %s (active %s) of reservation %s (%s)', s.seat_id, s.active, r.id, r.status) AS what
      FROM reservation_service.reservation_seats s JOIN reservation_service.reservations r ON r.id = s.reservation_id
      WHERE s.active <> (CASE WHEN r.status = 'CANCELLED' THEN s.withheld_at IS NOT NULL AND s.passed_on_at IS NULL
        ELSE s.dropped_at IS NULL END)`,
  }),
  rule('a seat that comes back later is kept by the reservation that gave it back, and sold as one that has ended', {
    examined: `SELECT count(*) FROM reservation_service.reservation_seats WHERE sold_as IS NOT NULL`,
    broken: `SELECT format('seat %s of %s (%s), sold as %s (%s), withheld %s', s.seat_id, r.id, r.status, s.sold_as,
        coalesce(sold.status, 'unknown'), coalesce(s.withheld_at::text, 'never')) AS what
      FROM reservation_service.reservation_seats s JOIN reservation_service.reservations r ON r.id = s.reservation_id
      LEFT JOIN reservation_service.reservations sold ON sold.id = s.sold_as
      WHERE (s.sold_as IS NOT NULL AND (sold.status IS DISTINCT FROM 'CANCELLED' OR sold.confirmed_at IS NULL))
        OR (s.withheld_at IS NOT NULL AND r.status <> 'CANCELLED')`,
  }),
  rule('every hold has ended in time', {
    examined: `SELECT count(*) FROM reservation_service.reservations`,
    broken: `SELECT format('reservation %s is PENDING %s after its hold ended', id, now() - hold_expires_at) AS what
      FROM reservation_service.reservations
      WHERE status = 'PENDING' AND payment_started_at IS NULL AND hold_expires_at < now() - interval '20 seconds'`,
  }),
  rule('a hold pinned by a payment ends with it', {
    examined: `SELECT count(*) FROM reservation_service.reservations WHERE payment_id IS NOT NULL`,
    broken: `SELECT format('reservation %s is PENDING, its payment %s is %s', r.id, p.id, p.status) AS what
      FROM reservation_service.reservations r JOIN payment_service.payments p ON p.id = r.payment_id
      WHERE r.status = 'PENDING' AND p.status <> 'PENDING'`,
  }),
  rule('SOLD in event = CONFIRMED or withheld in reservation', {
    examined: `SELECT count(*) FROM event_service.seats WHERE status = 'SOLD'`,
    broken: `SELECT format('seat %s: SOLD for %s, kept for %s', coalesce(sold.seat_id, kept.seat_id),
        coalesce(sold.reservation_id::text, 'nobody'), coalesce(kept.reservation_id::text, 'nobody')) AS what
      FROM (SELECT id AS seat_id, reservation_id FROM event_service.seats WHERE status = 'SOLD') sold
      FULL JOIN (
        SELECT s.seat_id, CASE WHEN r.status = 'CONFIRMED' THEN r.id ELSE s.sold_as END AS reservation_id
        FROM reservation_service.reservation_seats s JOIN reservation_service.reservations r ON r.id = s.reservation_id
        WHERE s.active AND (r.status = 'CONFIRMED' OR s.sold_as IS NOT NULL)
      ) kept ON kept.seat_id = sold.seat_id
      WHERE sold.reservation_id IS DISTINCT FROM kept.reservation_id`,
  }),
  rule('a place in a waiting list has at most one offer, and ends as it does', {
    examined: `SELECT count(*) FROM reservation_service.waiting_list_entries`,
    broken: `SELECT format('place %s is %s, its offers: %s', e.id, e.status, coalesce(string_agg(r.id || ' ' || r.status, ', '), 'none')) AS what
      FROM reservation_service.waiting_list_entries e
      LEFT JOIN reservation_service.reservations r ON r.waiting_list_entry_id = e.id
      GROUP BY e.id HAVING count(r.id) > 1
        OR (e.status = 'OFFERED') <> coalesce(bool_or(r.status = 'PENDING'), false)
        OR (e.status = 'TAKEN') <> coalesce(bool_or(r.confirmed_at IS NOT NULL), false)
        OR (e.status = 'WAITING' AND count(r.id) > 0)`,
  }),
  rule('a reservation costs what its seats cost in the catalogue', {
    examined: `SELECT count(*) FROM reservation_service.reservations`,
    broken: `SELECT format('reservation %s costs %s, its seats cost %s', r.id, r.total_amount, sum(e.price)) AS what
      FROM reservation_service.reservations r
      JOIN reservation_service.reservation_seats s ON s.reservation_id = r.id
      JOIN event_service.seats e ON e.id = s.seat_id
      WHERE s.dropped_at IS NULL
      GROUP BY r.id, r.total_amount HAVING sum(e.price) <> r.total_amount`,
  }),
  rule('a confirmed reservation has its seats at the price it was sold for', {
    examined: `SELECT count(*) FROM reservation_service.reservations WHERE status = 'CONFIRMED'`,
    broken: `SELECT format('reservation %s of %s won has %s live seats for %s won', r.id, r.total_amount, count(s.id), coalesce(sum(s.price), 0)) AS what
      FROM reservation_service.reservations r
      LEFT JOIN reservation_service.reservation_seats s ON s.reservation_id = r.id AND s.active
      WHERE r.status = 'CONFIRMED' GROUP BY r.id HAVING count(s.id) = 0 OR sum(s.price) <> r.total_amount`,
  }),
  rule('who came in had a confirmed reservation at that time', {
    examined: `SELECT count(*) FROM reservation_service.ticket_entries`,
    broken: `SELECT format('entry %s of seat %s: reservation %s is %s', e.id, e.seat_id, e.reservation_id, coalesce(r.status, 'unknown')) AS what
      FROM reservation_service.ticket_entries e LEFT JOIN reservation_service.reservations r ON r.id = e.reservation_id
      WHERE r.id IS NULL OR r.confirmed_at IS NULL OR e.recorded_at < r.confirmed_at
        OR r.event_schedule_id <> e.schedule_id
        OR NOT EXISTS (SELECT FROM reservation_service.reservation_seats s
          WHERE s.reservation_id = r.id AND s.seat_id = e.seat_id AND s.active = (r.status = 'CONFIRMED'))
        OR (r.status <> 'CONFIRMED' AND e.reservation_version >= r.version)`,
  }),
  rule('a seat of a reservation lets one person in', {
    examined: `SELECT count(*) FROM reservation_service.ticket_entries`,
    broken: `SELECT format('seat %s of reservation %s let %s in', seat_id, reservation_id, count(*)) AS what
      FROM reservation_service.ticket_entries GROUP BY reservation_id, seat_id HAVING count(*) > 1`,
  }),
  rule('a confirmed reservation has a ticket number of its own', {
    examined: `SELECT count(*) FROM reservation_service.reservations WHERE status = 'CONFIRMED'`,
    broken: `SELECT format('ticket number %s is on %s reservations', coalesce(ticket_number, 'none'), count(*)) AS what
      FROM reservation_service.reservations WHERE status = 'CONFIRMED'
      GROUP BY ticket_number HAVING count(*) > 1 OR ticket_number IS NULL`,
  }),
]
