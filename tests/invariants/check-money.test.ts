import { test } from 'vitest'
import { type Corruption, id, payment, reservation, schedule, seat, testBooks, told, user } from './test-books.ts'

const { isReported, said, write } = await testBooks()

/** What breaks the rules of money and of events: M1 to M5, M7 and E1 to E5 of reliability.md. */
const corruptions: Corruption[] = [
  [
    'a ticket and its payment name each other',
    `${payment}`,
    () => write(`UPDATE payment_service.payments SET user_id = '${id(11)}'`),
  ],
  [
    'every capture is one ticket or one full refund',
    'tq9',
    () => {
      said.ledger.push({ paymentId: 'tq9', capturedAmount: 5, cancelledAmount: 0, captures: 1 })
    },
  ],
  [
    'no ticket without a capture of its price',
    `${reservation}`,
    () => {
      said.ledger = []
    },
  ],
  [
    'money kept = price of tickets + fees',
    '98999',
    () => {
      said.ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 1, captures: 1 }]
    },
  ],
  [
    'money kept = price of tickets + fees',
    `${id(14)}`,
    () => write(`UPDATE payment_service.payments SET schedule_id = '${id(14)}'`),
  ],
  [
    'what is kept of a ticket are won of one store',
    'tq1',
    () => {
      said.ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 0, captures: 1, currency: 'USD' }]
    },
  ],
  [
    'a reservation keeps the money of one payment',
    'tq1 and tq2',
    async () => {
      said.ledger.push({ paymentId: 'tq2', capturedAmount: 99_000, cancelledAmount: 0, captures: 1 })
      await write(`INSERT INTO payment_service.payments (id, reservation_id, user_id, schedule_id, seat_ids, hold_expires_at,
         payment_key, request_fingerprint, amount, status, portone_payment_id, failed_at, failure_reason)
       VALUES ('${id(15)}', '${reservation}', '${user}', '${schedule}', '{${seat}}', now(), 'key2', 'f', 99000, 'FAILED', 'tq2', now(), 'NO')`)
    },
  ],
  [
    'a payment moves from PENDING to SUCCESS or FAILED, back from FAILED by late money alone, and from SUCCESS to REFUNDED',
    `${payment}`,
    () =>
      write(`INSERT INTO payment_service.saga_steps (payment_id, step, state) VALUES ('${payment}', 'FAILED', 'DONE')`),
  ],
  [
    'a payment moves from PENDING to SUCCESS or FAILED, back from FAILED by late money alone, and from SUCCESS to REFUNDED',
    `${payment}`,
    () =>
      write(
        `INSERT INTO payment_service.saga_steps (payment_id, step, state) VALUES ('${payment}', 'REOPENED', 'DONE')`,
      ),
  ],
  [
    'an event has its effect once',
    `PaymentFailed of ${payment}`,
    () => write(...told(17, 'PaymentFailed', []), ...told(18, 'PaymentFailed', [])),
  ],
  [
    'what has happened has been told, and what was applied had happened',
    'PaymentSuccess',
    () => write(`DELETE FROM common.outbox_events WHERE event_type = 'PaymentSuccess'`),
  ],
  [
    'what has happened has been told, and what was applied had happened',
    `${id(16)}`,
    () =>
      write(`INSERT INTO common.processed_events (event_id, consumer_group, aggregate_id, event_type)
        VALUES ('${id(16)}', 'event-payment-consumer', '${payment}', 'PaymentSuccess')`),
  ],
  [
    'an event has its effect once',
    `${id(8)}`,
    () => write(...told(17, 'ReservationConfirmed', ['event-reservation-consumer'], { cause: id(8) })),
  ],
  [
    'an event has its effect once',
    `PaymentRefunded of ${payment}`,
    () => write(...told(17, 'PaymentRefunded', []), ...told(18, 'PaymentRefunded', [])),
  ],
  [
    'events of one key are applied in the order they were written',
    `${id(17)}`,
    () =>
      write(
        ...told(17, 'PaymentFailed', ['reservation-payment-consumer']),
        `UPDATE common.processed_events SET processed_at = now() - interval '1 second' WHERE event_id = '${id(17)}'`,
      ),
  ],
  [
    'a ticket follows its payment, and does not end as a hold',
    `${reservation}`,
    () =>
      write(`UPDATE common.outbox_events SET payload = payload - 'metadata' WHERE event_type = 'ReservationConfirmed'`),
  ],
  [
    'a ticket follows its payment, and does not end as a hold',
    'ended as a hold',
    () =>
      write(
        ...told(17, 'ReservationCancelled', ['event-reservation-consumer', 'payment-reservation-consumer'], {
          wasConfirmed: false,
        }),
      ),
  ],
  [
    'a payment is captured once',
    'tq1',
    () => {
      said.ledger = [{ paymentId: 'tq1', capturedAmount: 99_000, cancelledAmount: 0, captures: 2 }]
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
]

test.each(corruptions)('the checker of the books reports "%s" and names %s', isReported)
