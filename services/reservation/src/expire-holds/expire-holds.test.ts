import { createRedis } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { testReservationService } from '../test-reservation-service.ts'
import { expireHoldsJob } from './expire-holds.job.ts'
import { expireHolds } from './expire-holds.ts'

const { db, deps, relay, logged, scene, admit, admitOne, held, begin, paying, ...books } =
  await testReservationService()
const { reservation, published, traces, locks, makeOverdue } = books

/** Until nothing is overdue: other tests of this file may have left something. */
async function sweepAll(): Promise<void> {
  while ((await expireHolds(deps)) > 0);
}

test('an overdue hold ends: cancelled, published, seats free; others stay as they are', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(4)
  const overdue = await held(buyer, seatIds.slice(0, 2))
  const alive = await held(await admitOne(schedule), seatIds.slice(2))
  await makeOverdue(overdue.reservationId)
  const wakes = relay.wakes
  await sweepAll()
  expect(await reservation(overdue.reservationId)).toMatchObject({ status: 'CANCELLED', cancel_reason: 'HOLD_EXPIRED' })
  expect(await published(overdue.reservationId)).toMatchObject([
    { type: 'ReservationCancelled', reason: 'HOLD_EXPIRED' },
  ])
  expect(relay.wakes).toBeGreaterThan(wakes)
  expect((await reservation(alive.reservationId)).status).toBe('PENDING')
  expect(await locks(scheduleId)).toEqual(Object.fromEntries(seatIds.slice(2).map((id) => [id, alive.reservationId])))
})

test('a hold whose payment has begun is never swept, however old', async () => {
  const { scheduleId, buyer, seatIds } = await scene()
  const mine = await paying(buyer, seatIds)
  await db
    .updateTable('reservations')
    .set({ hold_expires_at: new Date(0) })
    .where('id', '=', mine.reservationId)
    .execute()
  const before = await traces(scheduleId)
  await sweepAll()
  expect(await traces(scheduleId)).toEqual(before)
})

test('a sweep and a payment that begin at once: one of them wins, never both', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { buyer, seatIds } = await scene()
    const mine = await held(buyer, seatIds)
    await db
      .updateTable('reservations')
      .set({ hold_expires_at: sql<Date>`now() + interval '5 milliseconds'` })
      .where('id', '=', mine.reservationId)
      .execute()
    const payment = { paymentId: uuidv7(), userId: buyer.userId, amount: mine.totalAmount }
    const [asked] = await Promise.all([begin(mine.reservationId, payment), sweepAll()])
    const { granted } = asked.json<{ granted: boolean }>()
    await waitUntil(async () => {
      await sweepAll()
      expect((await reservation(mine.reservationId)).status).toBe(granted ? 'PENDING' : 'CANCELLED')
    })
  }
})

test('many sweepers at once end each hold once', async () => {
  const { schedule, scheduleId } = await scene(30)
  const buyers = await admit(schedule, 30)
  const made = await Promise.all(buyers.map((buyer, index) => held(buyer, [schedule.seats[index]?.id ?? ''])))
  await Promise.all(made.map((one) => makeOverdue(one.reservationId)))
  await Promise.all(Array.from({ length: 6 }, sweepAll))
  const { events, seats } = await traces(scheduleId)
  expect(events).toHaveLength(30)
  expect(new Set(events.map((event) => event.aggregate_id)).size).toBe(30)
  expect(seats.some((seat) => seat.active)).toBe(false)
  expect(await locks(scheduleId)).toEqual({})
})

test('a row that somebody is just working on does not keep the others waiting', async () => {
  const { schedule, buyer, seatIds } = await scene(2)
  const busy = await held(buyer, seatIds.slice(0, 1))
  const free = await held(await admitOne(schedule), seatIds.slice(1))
  for (const one of [busy, free]) await makeOverdue(one.reservationId)
  await db.transaction().execute(async (trx) => {
    await trx.selectFrom('reservations').select('id').where('id', '=', busy.reservationId).forUpdate().execute()
    await sweepAll()
    expect((await reservation(free.reservationId)).status).toBe('CANCELLED')
    expect((await reservation(busy.reservationId)).status).toBe('PENDING')
  })
  await sweepAll()
  expect((await reservation(busy.reservationId)).status).toBe('CANCELLED')
})

test('a Redis that is away does not stop the sweep', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await makeOverdue(mine.reservationId)
  const away = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
  while ((await expireHolds({ ...deps, redis: away })) > 0);
  await away.close()
  expect((await reservation(mine.reservationId)).status).toBe('CANCELLED')
  expect(logged.some((line) => line.includes('Redis will be told later of ended holds'))).toBe(true)
})

test('the job sweeps by itself, and stops when it is closed', async () => {
  const { buyer, seatIds } = await scene()
  const mine = await held(buyer, seatIds)
  await makeOverdue(mine.reservationId)
  const job = expireHoldsJob(deps)
  await waitUntil(async () => (await reservation(mine.reservationId)).status === 'CANCELLED')
  await job.close()
})
