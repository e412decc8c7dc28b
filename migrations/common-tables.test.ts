import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { outcomeOf, testRoles } from './test-roles.ts'

const { owner, as } = await testRoles()
const denied = '42501'

const rowsOf = {
  outbox_events: `INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, key, payload)
    VALUES ('Payment', '${randomUUID()}', 'PaymentSuccess', 'payment.events', 'key', '{}')`,
  processed_events: `INSERT INTO processed_events (event_id, consumer_group, aggregate_id, event_type)
    VALUES ('${randomUUID()}', 'event-payment-consumer', '${randomUUID()}', 'PaymentSuccess')`,
  dead_letters: `INSERT INTO dead_letters (topic, value, error) VALUES ('payment.events', '\\x00ff', 'no JSON')`,
  message_starts: `INSERT INTO message_starts (consumer_group, topic, partition, "offset", starts)
    VALUES ('event-payment-consumer', 'payment.events', 0, 1, 1)`,
}

for (const [table, insert] of Object.entries(rowsOf)) {
  describe(table, () => {
    beforeEach(async () => {
      await sql`DELETE FROM ${sql.table(`common.${table}`)}`.execute(owner)
      expect(await outcomeOf(as.payment, insert)).toBe(1)
    })

    test('a row belongs to the service that wrote it', async () => {
      const { rows } = await sql`SELECT service FROM ${sql.table(`common.${table}`)}`.execute(owner)
      expect(rows).toEqual([{ service: 'payment_svc_user' }])
      expect(await outcomeOf(as.payment, `SELECT FROM ${table}`)).toBe(1)
    })

    test('no other service sees, changes or deletes it', async () => {
      expect(await outcomeOf(as.reservation, `SELECT FROM ${table}`)).toBe(0)
      expect(await outcomeOf(as.reservation, `UPDATE ${table} SET service = service`)).toBe(0)
      expect(await outcomeOf(as.reservation, `DELETE FROM ${table}`)).toBe(0)
      expect(await outcomeOf(as.payment, `SELECT FROM ${table}`)).toBe(1)
    })

    test('no service writes or hands over a row in the name of another', async () => {
      const forged = insert.replace(' (', ' (service, ').replace('VALUES (', "VALUES ('payment_svc_user', ")
      expect(await outcomeOf(as.reservation, forged)).toBe(denied)
      expect(await outcomeOf(as.payment, `UPDATE ${table} SET service = 'reservation_svc_user'`)).toBe(denied)
    })
  })
}

test('each consumer group applies an event of its own accord, and only once', async () => {
  const eventId = randomUUID()
  const apply = (group: string) => `INSERT INTO processed_events (event_id, consumer_group, aggregate_id, event_type)
    VALUES ('${eventId}', '${group}', '${randomUUID()}', 'PaymentSuccess') ON CONFLICT DO NOTHING`
  expect(await outcomeOf(as.event, apply('event-payment-consumer'))).toBe(1)
  expect(await outcomeOf(as.reservation, apply('reservation-payment-consumer'))).toBe(1)
  expect(await outcomeOf(as.event, apply('event-payment-consumer'))).toBe(0)
})

test('the relay finds unsent rows by index, behind the policy too', async () => {
  await sql`
    INSERT INTO common.outbox_events
      (service, aggregate_type, aggregate_id, event_type, topic, key, payload, published, published_at)
    SELECT 'payment_svc_user', 'Payment', uuidv7(), 'PaymentSuccess', 'payment.events', 'key', '{}', sent, CASE WHEN sent THEN now() END
    FROM generate_series(1, 20000) AS n, LATERAL (SELECT n <= 19900 AS sent) AS flags`.execute(owner)
  await sql`ANALYZE common.outbox_events`.execute(owner)
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    EXPLAIN SELECT id FROM outbox_events WHERE NOT published ORDER BY seq LIMIT 100`.execute(as.payment)
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('outbox_events_unsent')
})

test('payment reads the dead letters of others and changes none; its orders are carried out by their owners alone', async () => {
  const file = "INSERT INTO dead_letters (topic, error) VALUES ('payment.events', 'no JSON')"
  await sql`DELETE FROM common.dead_letters`.execute(owner)
  expect(await outcomeOf(as.reservation, file)).toBe(1)
  expect(await outcomeOf(as.payment, 'SELECT FROM dead_letters')).toBe(1)
  for (const change of ['UPDATE dead_letters SET error = error', 'DELETE FROM dead_letters']) {
    expect(await outcomeOf(as.payment, change), change).toBe(0)
  }
  const order = `INSERT INTO dead_letter_orders (letter_id, service, action, ordered_by)
    SELECT id, service, 'REPLAY', '${randomUUID()}' FROM dead_letters ON CONFLICT DO NOTHING`
  for (const service of ['reservation', 'event', 'user', 'queue'] as const) {
    const outcome = await outcomeOf(as[service], order)
    // Who sees no letter has nothing to order.
    expect(outcome, service).toBe(service === 'reservation' ? denied : 0)
  }
  expect(await outcomeOf(as.payment, order)).toBe(1)
  expect(await outcomeOf(as.payment, order)).toBe(0)
  const carriedOut = "UPDATE dead_letter_orders SET carried_out_at = now(), outcome = 'DONE'"
  expect(await outcomeOf(as.event, 'SELECT FROM dead_letter_orders')).toBe(0)
  expect(await outcomeOf(as.payment, carriedOut)).toBe(denied)
  expect(await outcomeOf(as.event, carriedOut)).toBe(0)
  const cancelled = `UPDATE dead_letter_orders SET carried_out_at = now(), outcome = 'CANCELLED', cancelled_by = '${randomUUID()}'
    WHERE carried_out_at IS NULL`
  expect(await outcomeOf(as.event, cancelled)).toBe(0)
  expect(await outcomeOf(as.payment, cancelled)).toBe(1)
  expect(await outcomeOf(as.payment, order)).toBe(1)
  expect(await outcomeOf(as.reservation, `${carriedOut} WHERE carried_out_at IS NULL`)).toBe(1)
  expect(await outcomeOf(as.payment, cancelled)).toBe(0)
  expect(await outcomeOf(as.reservation, 'DELETE FROM dead_letter_orders')).toBe(0)
})

test('a message has one letter in each group, and letters that never reached Kafka have no such limit', async () => {
  await sql`DELETE FROM common.dead_letters`.execute(owner)
  const file = (group: string, partition: number) => `
    INSERT INTO dead_letters (topic, partition, "offset", error, consumer_group)
    VALUES ('payment.events', ${partition}, 7, 'no JSON', '${group}')`
  expect(await outcomeOf(as.event, file('a group', 0))).toBe(1)
  expect(await outcomeOf(as.event, file('a group', 0))).toBe('23505')
  expect(await outcomeOf(as.event, file('a group', 1))).toBe(1)
  expect(await outcomeOf(as.event, file('another', 0))).toBe(1)
  expect(await outcomeOf(as.reservation, file('a group', 0))).toBe(1)
  const unsent = "INSERT INTO dead_letters (topic, error) VALUES ('payment.events', 'too large')"
  expect([await outcomeOf(as.event, unsent), await outcomeOf(as.event, unsent)]).toEqual([1, 1])
})

test('rows behind a dead letter are found by index, behind the policy too', async () => {
  await sql`DELETE FROM common.dead_letters`.execute(owner)
  await sql`
    INSERT INTO common.dead_letters (service, topic, partition, "offset", key, error, consumer_group, status)
    SELECT 'reservation_svc_user', 'payment.events', 0, n, 'key ' || n % 5000, 'no JSON', 'a group', 'PARKED'
    FROM generate_series(1, 20000) AS n`.execute(owner)
  await sql`ANALYZE common.dead_letters`.execute(owner)
  const { rows } = await sql<{ 'QUERY PLAN': string }>`
    EXPLAIN SELECT FROM dead_letters WHERE service = current_user AND consumer_group = 'a group'
      AND lane = lane_of('payment.events', 'key 7') AND status IN ('OPEN', 'PARKED') AND "offset" < 900`.execute(
    as.reservation,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  expect(plan).toContain('dead_letters_lanes')
  expect(plan).toMatch(/Index Cond: .*lane/)
})
