import { randomUUID } from 'node:crypto'
import { isUniqueViolation } from '@ticket-queue/database'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testRoles } from './test-roles.ts'
import { insertPayment, insertReservation, insertReservationSeat, insertUser } from './test-rows.ts'

const { owner, as } = await testRoles()

const refusedBy = (constraint: string) => (error: unknown) => isUniqueViolation(error, constraint)

test('fifty reservations race for one seat: exactly one has it', async () => {
  const seat = { schedule_id: randomUUID(), seat_id: randomUUID() }
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, async () => {
      const reservation_id = await insertReservation(as.reservation)
      return insertReservationSeat(as.reservation, { reservation_id, ...seat })
    }),
  )
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
  expect(refusals).toHaveLength(49)
  expect(refusals.every(refusedBy('reservation_seats_one_active'))).toBe(true)
})

test('it is the index that refuses: without it the double sale happens', async () => {
  const seat = { schedule_id: randomUUID(), seat_id: randomUUID() }
  const rolledBack = owner.transaction().execute(async (trx) => {
    await sql`DROP INDEX reservation_service.reservation_seats_one_active`.execute(trx)
    await insertReservationSeat(trx, { reservation_id: await insertReservation(trx), ...seat })
    await insertReservationSeat(trx, { reservation_id: await insertReservation(trx), ...seat })
    throw new Error('sold twice')
  })
  await expect(rolledBack).rejects.toThrow('sold twice')
})

test('a seat is free for another reservation once its own is cancelled, and for the same one again', async () => {
  const seat = { schedule_id: randomUUID(), seat_id: randomUUID() }
  const [first, second] = [await insertReservation(as.reservation), await insertReservation(as.reservation)]
  const rowId = await insertReservationSeat(as.reservation, { reservation_id: first, ...seat })
  await expect(insertReservationSeat(as.reservation, { reservation_id: second, ...seat })).rejects.toSatisfy(
    refusedBy('reservation_seats_one_active'),
  )
  const release = (id: string) =>
    sql`UPDATE reservation_seats SET active = false WHERE id = ${id}`.execute(as.reservation)
  await release(rowId)
  const secondRowId = await insertReservationSeat(as.reservation, { reservation_id: second, ...seat })
  await release(secondRowId)
  await expect(insertReservationSeat(as.reservation, { reservation_id: first, ...seat })).resolves.toBeTruthy()
})

test('the same seat of another schedule is another seat', async () => {
  const seat_id = randomUUID()
  const reservation_id = await insertReservation(as.reservation)
  await insertReservationSeat(as.reservation, { reservation_id, seat_id })
  await expect(insertReservationSeat(as.reservation, { reservation_id, seat_id })).resolves.toBeTruthy()
})

test('a person has one PENDING reservation per schedule', async () => {
  const same = { user_id: randomUUID(), event_schedule_id: randomUUID() }
  const first = await insertReservation(as.reservation, same)
  await expect(insertReservation(as.reservation, same)).rejects.toSatisfy(refusedBy('reservations_one_pending'))
  await sql`UPDATE reservations SET status = 'CANCELLED', cancelled_at = now(), cancel_reason = 'HOLD_RELEASED'
    WHERE id = ${first} AND status = 'PENDING'`.execute(as.reservation)
  await expect(insertReservation(as.reservation, same)).resolves.toBeTruthy()
})

test('a reservation has one PENDING or SUCCESS payment; after a failure another may begin', async () => {
  const reservation_id = randomUUID()
  const first = await insertPayment(as.payment, { reservation_id })
  const second = () => insertPayment(as.payment, { reservation_id })
  await expect(second()).rejects.toSatisfy(refusedBy('payments_one_live'))
  await sql`UPDATE payments SET status = 'SUCCESS', paid_at = now() WHERE id = ${first}`.execute(as.payment)
  await expect(second()).rejects.toSatisfy(refusedBy('payments_one_live'))
  await sql`UPDATE payments SET status = 'FAILED', failed_at = now(), failure_reason = 'DECLINED' WHERE id = ${first}`.execute(
    as.payment,
  )
  await expect(second()).resolves.toBeTruthy()
})

test('a paymentKey and a PortOne payment ID are used once', async () => {
  await insertPayment(as.payment, { payment_key: 'key-1', portone_payment_id: 'portone1' })
  await expect(insertPayment(as.payment, { payment_key: 'key-1' })).rejects.toSatisfy(
    refusedBy('payments_payment_key_unique'),
  )
  await expect(insertPayment(as.payment, { portone_payment_id: 'portone1' })).rejects.toSatisfy(
    refusedBy('payments_portone_payment_id_unique'),
  )
})

test('an address and a CI belong to one account, a withdrawn one included', async () => {
  await insertUser(as.user, { email_lookup: 'a', ci: 'ci', ci_lookup: 'c', status: 'DELETED', deleted_at: sql`now()` })
  await expect(insertUser(as.user, { email_lookup: 'a' })).rejects.toSatisfy(refusedBy('users_email_lookup_unique'))
  await expect(insertUser(as.user, { ci: 'ci', ci_lookup: 'c' })).rejects.toSatisfy(refusedBy('users_ci_lookup_unique'))
})
