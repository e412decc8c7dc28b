import { createDatabase } from '@ticket-queue/database'
import { holdSeats } from '@ticket-queue/lua/seat'
import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { type HoldAnswer, outcome } from '../test-buyers.ts'
import type { TestSchedule } from '../test-neighbours.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { writingTo } from '../test-statements.ts'
import type { WantedHold } from './hold.ts'
import { insertHolds } from './hold-rows.ts'
import { writeHold } from './write-hold.ts'

const service = await testReservationService({ TENTATIVE_HOLD_SECONDS: '2' })
const { db, stores, redis, scene, admit, admitOne, hold, traces, locks, loseHolds, logged } = service

const count = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, all]) => [one, all.length]))

/** Whether so many sessions of this file's database wait for another one. */
async function waitingSessions(expected: number): Promise<boolean> {
  const { rows } = await sql<{ waiting: number }>`
    SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
  return rows[0]?.waiting === expected
}

/** What a hold looks like behind Redis. */
const wantedBy = (userId: string, { facts, seats: all }: TestSchedule, seats = all): WantedHold => ({
  reservationId: uuidv7(),
  userId,
  scheduleId: facts.scheduleId,
  seatIds: seats.map((seat) => seat.id),
  schedule: facts,
  seats,
  requestId: 'without-redis',
})

test('sixty people who want one seat at once: one gets it, the others are told that it is taken', async () => {
  const { schedule, scheduleId, seatId } = await scene(1)
  const buyers = await admit(schedule, 60)
  const responses = await Promise.all(buyers.map((buyer) => hold(buyer, [seatId])))
  expect(count(responses.map(outcome))).toEqual({ '201': 1, '409 SEAT_TAKEN': 59 })
  const winner = responses.find((response) => response.statusCode === 201)?.json<HoldAnswer>()
  const left = await traces(scheduleId)
  expect(left.reservations).toMatchObject([{ id: winner?.reservationId, status: 'PENDING' }])
  expect(left.locks).toEqual({ [seatId]: winner?.reservationId })
})

test('crossing fours of seats: nobody gets a part, no seat is held twice', async () => {
  for (let round = 0; round < 10; round += 1) {
    const { schedule, scheduleId, seatIds } = await scene(6)
    const buyers = await admit(schedule, 8)
    const responses = await Promise.all(
      buyers.map((buyer, index) =>
        hold(buyer, index % 2 === 0 ? seatIds.slice(0, 4) : seatIds.slice(2, 6).toReversed()),
      ),
    )
    expect(count(responses.map(outcome))).toEqual({ '201': 1, '409 SEAT_TAKEN': 7 })
    const { seats } = await traces(scheduleId)
    expect(seats).toHaveLength(4)
  }
})

test('crossing fours while Redis keeps forgetting: the rows alone keep every seat single', async () => {
  const { schedule, scheduleId, seatIds } = await scene(6)
  const buyers = await admit(schedule, 24)
  let over = false
  const forgetting = (async () => {
    while (!over) await loseHolds(schedule)
  })()
  const responses = await Promise.all(
    buyers.map((buyer, index) => hold(buyer, index % 2 === 0 ? seatIds.slice(0, 4) : seatIds.slice(2, 6).toReversed())),
  )
  over = true
  await forgetting
  const counted = count(responses.map(outcome))
  expect(counted['201']).toBe(1)
  expect(Object.keys(counted).filter((one) => one.startsWith('5') && one !== '503 SEATS_UNDECIDED')).toEqual([])
  const active = (await traces(scheduleId)).seats.filter((seat) => seat.active)
  expect(active).toHaveLength(4)
  expect(new Set(active.map((seat) => seat.reservation_id)).size).toBe(1)
})

test('with Redis left out altogether the index still lets one of many crossing fours through', async () => {
  const { schedule, scheduleId } = await scene(6)
  const written = await Promise.all(
    Array.from({ length: 30 }, (_, index) => {
      const seats = index % 2 === 0 ? schedule.seats.slice(0, 4) : schedule.seats.slice(2).toReversed()
      return writeHold(writingTo(db), wantedBy(uuidv7(), schedule, seats))
    }),
  )
  expect(written.filter((one) => one !== 'in-the-way')).toMatchObject([{ reservationId: expect.any(String) }])
  const { seats } = await traces(scheduleId)
  expect(seats).toHaveLength(4)
  expect(new Set(seats.map((seat) => seat.reservation_id)).size).toBe(1)
})

test('two buyers who name the same seats in opposite order and meet a third do not wait for each other in a ring', async () => {
  const own = createDatabase<Database>({ url: stores.DATABASE_URL, poolMax: 3 })
  const { schedule, scheduleId } = await scene(3)
  const [placed, leaving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const third = own.db.transaction().execute(async (trx) => {
    await writeHold(writingTo(trx), wantedBy(uuidv7(), schedule, schedule.seats.slice(1, 2)))
    placed.resolve()
    await leaving.promise
    throw new Error('given up')
  })
  await placed.promise
  const crossing = [schedule.seats, schedule.seats.toReversed()].map((seats) =>
    writeHold(writingTo(own.db), wantedBy(uuidv7(), schedule, seats)),
  )
  await waitUntil(() => waitingSessions(2))
  leaving.resolve()
  await expect(third).rejects.toThrow('given up')
  expect((await Promise.all(crossing)).filter((one) => one === 'in-the-way')).toHaveLength(1)
  expect((await traces(scheduleId)).seats).toHaveLength(3)
  // A session reports its deadlocks when it ends.
  await own.close()
  const { rows } = await sql<{ deadlocks: number }>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(db)
  expect(rows).toEqual([{ deadlocks: 0 }])
})

test('it is the index that refuses: without it everybody would have the seats (negative control)', async () => {
  const { database, ownerUrl } = await testDatabase<Database>('reservation')
  const owner = createDatabase<Database>({ url: ownerUrl, poolMax: 1 })
  await sql`DROP INDEX reservation_service.reservation_seats_one_active`.execute(owner.db)
  await owner.close()
  const { schedule } = await scene(4)
  const written = await Promise.all(
    Array.from({ length: 5 }, () => writeHold(writingTo(database.db), wantedBy(uuidv7(), schedule))),
  )
  expect(written.filter((one) => one !== 'in-the-way')).toHaveLength(5)
})

test('one person’s two calls at once give one hold: the same seats the same one, others a refusal', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { schedule, scheduleId, buyer, seatIds } = await scene(4)
    const same = await Promise.all([hold(buyer, seatIds.slice(0, 2)), hold(buyer, seatIds.slice(0, 2))])
    expect(same.map(outcome)).toEqual(['201', '201'])
    expect(same[0]?.json()).toEqual(same[1]?.json())
    expect((await traces(scheduleId)).reservations).toHaveLength(1)

    const other = await admitOne(schedule)
    const differing = await Promise.all([hold(other, seatIds.slice(2, 3)), hold(other, seatIds.slice(3, 4))])
    expect(differing.map(outcome).sort()).toEqual(['201', '409 HOLD_EXISTS'])
    const left = await traces(scheduleId)
    expect(left.reservations).toHaveLength(2)
    expect(Object.keys(left.locks)).toHaveLength(3)
  }
})

test('who meets a hold that is being written waits for its outcome and gets the seat if it is given up', async () => {
  const { scheduleId, buyer, seatId } = await scene(1)
  await holdSeats(redis, { scheduleId, reservationId: uuidv7(), seatIds: [seatId], tentativeMs: 400 })
  const response = await hold(buyer, [seatId])
  expect(outcome(response)).toBe('201')
  expect(await locks(scheduleId)).toEqual({ [seatId]: response.json<HoldAnswer>().reservationId })
})

test('an outcome that does not come is a 503 with Retry-After and leaves nothing behind', async () => {
  const { scheduleId, buyer, seatId } = await scene(1)
  const stuck = { scheduleId, reservationId: uuidv7(), seatIds: [seatId], tentativeMs: 20_000 }
  await holdSeats(redis, stuck)
  const response = await hold(buyer, [seatId])
  expect(outcome(response)).toBe('503 SEATS_UNDECIDED')
  expect(response.headers['retry-after']).toBe('1')
  expect(await locks(scheduleId)).toEqual({ [seatId]: stuck.reservationId })
})

test('somebody’s transaction that stays open makes the next buyer come back, not fail', async () => {
  const { schedule, buyer, seatId } = await scene(1)
  const [placed, leaving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const open = db.transaction().execute(async (trx) => {
    await writeHold(writingTo(trx), wantedBy(uuidv7(), schedule))
    placed.resolve()
    await leaving.promise
    throw new Error('given up')
  })
  await placed.promise
  const response = await hold(buyer, [seatId])
  expect(outcome(response)).toBe('503 SEATS_UNDECIDED')
  expect(response.headers['retry-after']).toBe('1')
  leaving.resolve()
  await expect(open).rejects.toThrow('given up')
  expect(outcome(await hold(buyer, [seatId]))).toBe('201')
})

/** Two seats each for so many people, and how they were written. */
const writeTogether = async (schedule: TestSchedule, people: number, writing = writingTo(db)) => {
  const holds = Array.from({ length: people }, (_, n) =>
    wantedBy(uuidv7(), schedule, schedule.seats.slice(2 * n, 2 * n + 2)),
  )
  return { holds, written: holds.map((wanted) => writeHold(writing, wanted)) }
}
const transactionsOf = async (scheduleId: string) => {
  const { rows } = await sql<{ seats: number }>`
    SELECT count(*)::int AS seats FROM reservation_service.reservation_seats
    WHERE schedule_id = ${scheduleId}::uuid AND active GROUP BY xmin`.execute(db)
  return rows.map(({ seats }) => seats)
}

test('holds that come up together are written together, each with its own seats', async () => {
  const { schedule, scheduleId } = await scene(40)
  const { holds, written } = await writeTogether(schedule, 20)
  const made = await Promise.all(written)
  expect(made.map((one) => one !== 'in-the-way' && 'seats' in one && one.seats.map(({ seatId }) => seatId))).toEqual(
    holds.map(({ seatIds }) => seatIds),
  )
  const { reservations } = await traces(scheduleId)
  expect(new Set(reservations.map(({ id }) => id))).toEqual(new Set(holds.map(({ reservationId }) => reservationId)))
  expect(await transactionsOf(scheduleId)).toEqual([40])
})

test('of holds written together one in the way of another row is refused alone', async () => {
  const { schedule, scheduleId } = await scene(40)
  await writeHold(writingTo(db), wantedBy(uuidv7(), schedule, schedule.seats.slice(7, 8)))
  const { written } = await writeTogether(schedule, 20)
  const made = await Promise.all(written)
  expect(made.flatMap((one, n) => (one === 'in-the-way' ? [n] : []))).toEqual([3])
  expect((await traces(scheduleId)).reservations).toHaveLength(20)
})

test('of holds written together those whose people have one already, and those outside the sale, are refused alone', async () => {
  const { schedule, scheduleId } = await scene(40)
  const over = { ...schedule, facts: { ...schedule.facts, saleEndAt: schedule.facts.saleStartAt } }
  const userIds = Array.from({ length: 19 }, () => uuidv7())
  const [, , , before = '', , , twice = ''] = userIds
  await writeHold(writingTo(db), wantedBy(before, schedule, schedule.seats.slice(39)))
  const writing = writingTo(db)
  const written = userIds.map((userId, n) =>
    writeHold(
      writing,
      wantedBy(n === 7 ? twice : userId, n === 9 ? over : schedule, schedule.seats.slice(2 * n, 2 * n + 2)),
    ),
  )
  const made = (await Promise.all(written)).map((one) =>
    one === 'in-the-way' ? one : 'refused' in one ? one.refused : 'made',
  )
  expect(count(made)).toEqual({ made: 16, 'in-the-way': 2, SALE_NOT_OPEN: 1 })
  expect([made[3], made[9]]).toEqual(['in-the-way', 'SALE_NOT_OPEN'])
  // The one who had a hold, and all others together.
  expect((await transactionsOf(scheduleId)).toSorted((one, other) => one - other)).toEqual([1, 32])
})

test('of holds written together one that meets an open transaction does not make the others wait for its end', async () => {
  const patience = encodeURIComponent('-c lock_timeout=0 -c statement_timeout=0')
  const patient = createDatabase<Database>({ url: `${stores.DATABASE_URL}?options=${patience}` })
  const { schedule } = await scene(20)
  const [placed, leaving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const open = db.transaction().execute(async (trx) => {
    await writeHold(writingTo(trx), wantedBy(uuidv7(), schedule, schedule.seats.slice(2, 3)))
    placed.resolve()
    await leaving.promise
    throw new Error('given up')
  })
  await placed.promise
  const [first, blocked, ...others] = (await writeTogether(schedule, 10, writingTo(patient.db))).written
  for (const one of await Promise.all([first, ...others])) expect(one).toHaveProperty('reservationId')
  leaving.resolve()
  await expect(open).rejects.toThrow('given up')
  expect(await blocked).toHaveProperty('reservationId')
  await patient.close()
})

test('two batches of the same people in opposite order do not wait for each other in a ring', async () => {
  const own = createDatabase<Database>({ url: stores.DATABASE_URL, poolMax: 2 })
  for (let round = 0; round < 10; round += 1) {
    const { schedule } = await scene(40)
    const people = Array.from({ length: 20 }, () => uuidv7())
    const batch = (userIds: readonly string[], seats: TestSchedule['seats']) =>
      insertHolds(
        own.db,
        { holdSeconds: 300 },
        userIds.map((userId, n) => wantedBy(userId, schedule, seats.slice(n, n + 1))),
      )
    const seats = schedule.seats
    const batches = [batch(people, seats.slice(0, 20)), batch(people.toReversed(), seats.slice(20).toReversed())]
    const ends = await Promise.all(batches)
    expect(ends.flat().filter((end) => end !== null)).toHaveLength(people.length)
  }
  await own.close()
  const { rows } = await sql<{ deadlocks: number }>`
    SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`.execute(db)
  expect(rows).toEqual([{ deadlocks: 0 }])
})

test('no call of this file was answered with an error of our own making', () => {
  expect(logged.filter((line) => line.includes('INTERNAL_ERROR'))).toEqual([])
})
