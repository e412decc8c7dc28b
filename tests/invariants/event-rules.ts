import { findRows } from './find-rows.ts'
import type { Rule } from './rule.ts'

/** Which consumer groups must have applied which event types, as `(type, group)` rows of SQL. */
export const applied = `(VALUES
  ('PaymentSuccess', 'reservation-payment-consumer'), ('PaymentSuccess', 'event-payment-consumer'),
  ('PaymentFailed', 'reservation-payment-consumer'),
  ('PaymentRefunded', 'reservation-payment-consumer'),
  ('ReservationConfirmed', 'event-reservation-consumer'),
  ('ReservationCancelled', 'event-reservation-consumer'), ('ReservationCancelled', 'payment-reservation-consumer'),
  ('SeatsReleased', 'event-reservation-consumer'),
  ('EventCancelled', 'reservation-event-consumer')
) AS wanted(event_type, consumer_group)`

/** Published rows are deleted after a week, inbox rows later. */
const lately = `now() - interval '6 days'`

/** The events of the purchase with what each came from, as `(id, seq, type, aggregate_id, reservation_id, cause)`. */
const purchaseEvents = `(SELECT id, seq, event_type AS type, aggregate_id, payload -> 'payload' ->> 'reservationId' AS reservation_id,
    payload -> 'metadata' ->> 'causationId' AS cause, (payload -> 'payload' ->> 'wasConfirmed')::boolean AS was_confirmed
  FROM common.outbox_events WHERE topic IN ('payment.events', 'reservation.events'))`

/** What states say and which event must have told it, as `(what, id, type)`. */
const ends = `(SELECT 'payment' AS what, p.id, told.type FROM payment_service.payments p
    JOIN (VALUES ('SUCCESS', 'PaymentSuccess'), ('FAILED', 'PaymentFailed'), ('REFUNDED', 'PaymentSuccess'), ('REFUNDED', 'PaymentRefunded'))
      AS told(status, type) ON told.status = p.status WHERE p.created_at > ${lately}
  UNION ALL SELECT 'reservation', r.id, CASE r.status WHEN 'CONFIRMED' THEN 'ReservationConfirmed' ELSE 'ReservationCancelled' END
    FROM reservation_service.reservations r WHERE r.status <> 'PENDING' AND r.created_at > ${lately})`

/** E1 to E5 of reliability.md, as far as the books tell; what Kafka has is compared in `tests/faults`. */
export const eventRules: readonly Rule[] = [
  {
    name: 'the outbox is drained',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM common.outbox_events`,
        broken: `SELECT format('%s %s of %s is not published (%s)', event_type, id, service, coalesce(last_error, 'no error')) AS what
          FROM common.outbox_events WHERE NOT published`,
      }),
  },
  {
    name: 'what has happened has been told, and what was applied had happened',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM ${ends} ended`,
        broken: `SELECT format('%s %s has not told %s', ended.what, ended.id, ended.type) AS what
          FROM ${ends} ended LEFT JOIN common.outbox_events o ON o.aggregate_id = ended.id AND o.event_type = ended.type
          WHERE o.id IS NULL
          UNION ALL
          SELECT format('%s applied %s %s, which nobody has written', p.consumer_group, p.event_type, p.event_id)
          FROM common.processed_events p LEFT JOIN common.outbox_events o ON o.id = p.event_id
          WHERE o.id IS NULL AND p.processed_at > ${lately}`,
      }),
  },
  {
    name: 'an event has its effect once',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM ${purchaseEvents} told`,
        broken: `SELECT format('%s of %s was told %s times because of event %s', type, aggregate_id, count(*), coalesce(cause, 'none')) AS what
          FROM ${purchaseEvents} told WHERE cause IS NOT NULL GROUP BY type, aggregate_id, cause HAVING count(*) > 1
          UNION ALL
          SELECT format('%s of %s was told %s times', type, aggregate_id, count(*)) FROM ${purchaseEvents} told
          WHERE type IN ('PaymentSuccess', 'PaymentFailed', 'PaymentRefunded', 'ReservationConfirmed')
          GROUP BY type, aggregate_id HAVING count(*) > CASE type WHEN 'PaymentFailed' THEN (
            SELECT count(*) FROM payment_service.saga_steps WHERE payment_id = aggregate_id AND step = 'REOPENED') ELSE 0 END + 1`,
      }),
  },
  {
    name: 'events of one key are applied in the order they were written',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM common.processed_events`,
        broken: `SELECT format('%s applied %s %s before %s %s of key %s', second.consumer_group, second.event_type, second.event_id,
            first.event_type, first.event_id, earlier.key) AS what
          FROM common.outbox_events earlier
          JOIN common.outbox_events later ON later.topic = earlier.topic AND later.key = earlier.key AND later.seq > earlier.seq
          JOIN common.processed_events first ON first.event_id = earlier.id
          JOIN common.processed_events second ON second.event_id = later.id AND second.consumer_group = first.consumer_group
          WHERE earlier.topic IN ('payment.events', 'reservation.events') AND second.processed_at < first.processed_at`,
      }),
  },
  {
    name: 'a ticket follows its payment, and does not end as a hold',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM ${purchaseEvents} told WHERE type = 'ReservationConfirmed'`,
        broken: `SELECT format('reservation %s was confirmed by %s, %s', c.reservation_id, coalesce(c.cause, 'nothing'),
            coalesce('a ' || paid.type || ' of ' || paid.reservation_id, 'which is not there')) AS what
          FROM ${purchaseEvents} c LEFT JOIN ${purchaseEvents} paid ON paid.id::text = c.cause
          WHERE c.type = 'ReservationConfirmed' AND NOT coalesce(paid.type = 'PaymentSuccess'
            AND paid.reservation_id = c.reservation_id AND paid.seq < c.seq, false)
          UNION ALL
          SELECT format('reservation %s was confirmed and then ended as a hold', c.reservation_id)
          FROM ${purchaseEvents} c JOIN ${purchaseEvents} e ON e.reservation_id = c.reservation_id AND e.seq > c.seq
          WHERE c.type = 'ReservationConfirmed' AND e.type = 'ReservationCancelled' AND NOT e.was_confirmed`,
      }),
  },
  {
    name: 'every event was applied by each group that wants it',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM common.processed_events`,
        broken: `SELECT format('%s %s was not applied by %s', o.event_type, o.id, wanted.consumer_group) AS what
          FROM common.outbox_events o JOIN ${applied} ON wanted.event_type = o.event_type
          LEFT JOIN common.processed_events p ON p.event_id = o.id AND p.consumer_group = wanted.consumer_group
          WHERE o.published AND p.event_id IS NULL`,
      }),
  },
  {
    name: 'no dead letters',
    check: (books) =>
      findRows(books, {
        examined: `SELECT count(*) FROM common.processed_events`,
        broken: `SELECT format('%s of %s: %s', topic, coalesce(consumer_group, 'the relay'), error) AS what
          FROM common.dead_letters WHERE status IN ('OPEN', 'PARKED')`,
      }),
  },
]
