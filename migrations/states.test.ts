import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { outcomeOf, testRoles } from './test-roles.ts'
import {
  insertDraw,
  insertPayment,
  insertReservation,
  insertReservationSeat,
  insertSchedule,
  insertTicketConflict,
  insertUser,
  insertWaitingEntry,
} from './test-rows.ts'

const { owner } = await testRoles()
const refused = '23514'

const reservationId = await insertReservation(owner)
await insertReservationSeat(owner, { reservation_id: reservationId })
const paymentId = await insertPayment(owner)
await sql`INSERT INTO payment_service.saga_steps (payment_id, step, state) VALUES (${paymentId}, 'CONFIRM', 'STARTED')`.execute(
  owner,
)
await insertTicketConflict(owner)
await insertWaitingEntry(owner)
await insertUser(owner)
await insertSchedule(owner)
await insertDraw(owner)

test.for([
  ['user_service.users', 'status'],
  ['user_service.users', 'role'],
  ['event_service.events', 'status'],
  ['event_service.event_schedules', 'status'],
  ['event_service.seats', 'status'],
  ['event_service.seats', 'grade'],
  ['event_service.schedule_prices', 'grade'],
  ['event_service.seat_sales', 'state'],
  ['queue_service.draws', 'status'],
  ['reservation_service.reservations', 'status'],
  ['reservation_service.reservation_seats', 'grade'],
  ['reservation_service.ticket_conflicts', 'reason'],
  ['reservation_service.waiting_list_entries', 'status'],
  ['reservation_service.waiting_list_entries', 'grade'],
  ['payment_service.payments', 'status'],
  ['payment_service.payments', 'payment_method'],
  ['payment_service.saga_steps', 'state'],
])('%s.%s takes none but its own values', async ([table, column]) => {
  expect(await outcomeOf(owner, `UPDATE ${table} SET ${column} = 'NONSENSE'`)).toBe(refused)
})

test('every column that names a state lists its values', async () => {
  const { rows } = await sql`
    SELECT table_schema, table_name, column_name FROM information_schema.columns
    WHERE table_schema ~ '_service$' AND column_name IN ('status', 'state', 'role', 'grade', 'method', 'provider', 'purpose')
    EXCEPT
    SELECT n.nspname, c.relname, a.attname FROM pg_constraint k
    JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
    WHERE k.contype = 'c' AND pg_get_constraintdef(k.oid) LIKE '%ARRAY[%'`.execute(owner)
  expect(rows).toEqual([])
})

test.for([
  ['event_service.seats', 'price'],
  ['event_service.schedule_prices', 'price'],
  ['reservation_service.reservations', 'total_amount'],
  ['reservation_service.reservation_seats', 'price'],
  ['payment_service.payments', 'amount'],
  ['payment_service.payments', 'refund_amount'],
])('%s.%s is whole won and never negative', async ([table, column]) => {
  const [schema, name] = table?.split('.') ?? []
  const { rows } = await sql`SELECT data_type FROM information_schema.columns
    WHERE table_schema = ${schema} AND table_name = ${name} AND column_name = ${column}`.execute(owner)
  expect(rows).toEqual([{ data_type: 'bigint' }])
  expect(await outcomeOf(owner, `UPDATE ${table} SET ${column} = -1`)).toBe(refused)
})

test.for([
  ["UPDATE event_service.seats SET status = 'SOLD'", 'a seat sold to nobody'],
  ["UPDATE reservation_service.reservations SET status = 'CONFIRMED'", 'a confirmation without ticket'],
  ["UPDATE reservation_service.reservations SET status = 'CANCELLED'", 'a cancellation without reason'],
  ["UPDATE payment_service.payments SET status = 'SUCCESS'", 'a success without time of payment'],
  ["UPDATE payment_service.payments SET status = 'FAILED'", 'a failure without reason'],
  ["UPDATE payment_service.payments SET status = 'REFUNDED'", 'a refund without amount'],
  ["UPDATE payment_service.payments SET portone_payment_id = 'a-b'", 'a payment ID that PortOne may refuse'],
  ["UPDATE user_service.users SET status = 'DELETED'", 'a withdrawal without time'],
])('%s is refused: %s', async ([statement]) => {
  expect(await outcomeOf(owner, statement ?? '')).toBe(refused)
})

test('an update moves updated_at by itself', async () => {
  const { rows } = await sql`
    UPDATE reservation_service.reservations SET version = version + 1 WHERE id = ${reservationId}
    RETURNING updated_at = now() AND updated_at > created_at AS moved`.execute(owner)
  expect(rows).toEqual([{ moved: true }])
})

test('IDs are UUID v7 of the database', async () => {
  const { rows } = await sql`SELECT uuid_extract_version(${reservationId}::uuid) AS version`.execute(owner)
  expect(rows).toEqual([{ version: 7 }])
})

test('the terms in force are there in Korean and English, service and privacy required', async () => {
  const { rows } = await sql`
    SELECT id, required, array_agg(language ORDER BY language) AS languages FROM user_service.terms
    WHERE version = 1 GROUP BY id, required ORDER BY id`.execute(owner)
  expect(rows).toEqual([
    { id: 'marketing', required: false, languages: ['en', 'ko'] },
    { id: 'privacy', required: true, languages: ['en', 'ko'] },
    { id: 'service', required: true, languages: ['en', 'ko'] },
  ])
})
