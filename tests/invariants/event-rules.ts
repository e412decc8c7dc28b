import { findRows } from './find-rows.ts'
import type { Rule } from './rule.ts'

/** Which consumer groups must have applied which event types, as `(type, group)` rows of SQL. */
const applied = `(VALUES
  ('PaymentSuccess', 'reservation-payment-consumer'), ('PaymentSuccess', 'event-payment-consumer'),
  ('PaymentFailed', 'reservation-payment-consumer'),
  ('ReservationConfirmed', 'event-reservation-consumer'),
  ('ReservationCancelled', 'event-reservation-consumer'), ('ReservationCancelled', 'payment-reservation-consumer'),
  ('SeatsReleased', 'event-reservation-consumer'),
  ('EventCancelled', 'reservation-event-consumer')
) AS wanted(event_type, consumer_group)`

/** E1, E2 and E4 of reliability.md. */
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
