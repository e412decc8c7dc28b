import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Buyer, type HoldAnswer, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'

const { db, scene, admit, hold, traces } = await testReservationService()

const count = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, all]) => [one, all.length]))

test('five hundred people, one seat: one gets it, 499 are told that it is taken, nobody sees an error', async () => {
  const { schedule, scheduleId, seatId } = await scene(1)
  const buyers = await admit(schedule, 500)
  const responses = await Promise.all(buyers.map((buyer) => hold(buyer, [seatId])))
  expect(count(responses.map(outcome))).toEqual({ '201': 1, '409 SEAT_TAKEN': 499 })
  const winner = responses.find((response) => response.statusCode === 201)?.json<HoldAnswer>()
  const left = await traces(scheduleId)
  expect(left.reservations).toMatchObject([{ id: winner?.reservationId, status: 'PENDING' }])
  expect(left.locks).toEqual({ [seatId]: winner?.reservationId })
}, 120_000)

test('of many who want one seat in one moment each is told of their own hold, or whose seat it is', async () => {
  const { schedule, seatIds } = await scene(12)
  const [seatId = '', ...others] = seatIds
  const [owner, ...buyers] = await admit(schedule, 20)
  const own = await Promise.all(others.map((id, n) => hold(buyers[n] as Buyer, [id])))
  expect(owner && outcome(await hold(owner, [seatId]))).toBe('201')
  const responses = await Promise.all(buyers.map((buyer) => hold(buyer, [seatId])))
  const told = responses.map((response) =>
    response.json<{ code: string; reservationId?: string; seatIds?: string[] }>(),
  )
  expect(told.map(({ code, reservationId, seatIds }) => [code, reservationId ?? seatIds])).toEqual([
    ...own.map((response) => ['HOLD_EXISTS', response.json<HoldAnswer>().reservationId]),
    ...buyers.slice(own.length).map(() => ['SEAT_TAKEN', [seatId]]),
  ])
})

test('two hundred who cross each other with four seats each never deadlock', async () => {
  const { schedule, scheduleId, seatIds } = await scene(6)
  const buyers = await admit(schedule, 200)
  const responses = await Promise.all(
    buyers.map((buyer, index) => hold(buyer, index % 2 === 0 ? seatIds.slice(0, 4) : seatIds.slice(2).toReversed())),
  )
  expect(count(responses.map(outcome))).toEqual({ '201': 1, '409 SEAT_TAKEN': 199 })
  expect((await traces(scheduleId)).seats).toHaveLength(4)
  const { rows } = await sql<{ deadlocks: number }>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(db)
  expect(rows).toEqual([{ deadlocks: 0 }])
}, 120_000)
