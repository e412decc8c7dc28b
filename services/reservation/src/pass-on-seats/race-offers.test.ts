import { createDatabase, isUniqueViolation } from '@ticket-queue/database'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { otherText } from '../test-statements.ts'
import { waitingListOf } from '../test-waiting-list.ts'
import { passOnSeats } from './pass-on-seats.ts'
import { StaleLine, writeOffer } from './write-offer.ts'

const service = await testReservationService()
const { db, deps, logged, admit, hold, traces } = service
const list = waitingListOf(service)
const { soldOut, giveBack, waiting, leave, placeOf, offerOf, passOn, lapse, freeIn } = list

/** A sold-out schedule of single tickets, with so many people waiting for one seat each. */
const crowded = async (tickets: number, people: number) => {
  const made = await soldOut(Array.from({ length: tickets }, () => ({})))
  const places = []
  for (let n = 0; n < people; n += 1) places.push(await waiting(made.scheduleId))
  return { ...made, places }
}
type Places = Parameters<typeof placeOf>[0][]
const offeredTo = async (places: Places) => {
  const statuses = await Promise.all(places.map(placeOf))
  return statuses.flatMap(({ status }, index) => (status === 'OFFERED' ? [index] : []))
}
const seatsOffered = async (places: Places) =>
  (await Promise.all(places.map(placeOf))).flatMap(({ offer }) => offer?.seats.map((seat) => seat.seatId) ?? [])
/** Passes on as a replica does, however often another one is at it. */
const replica = async (scheduleId: string, steps: number, own = db) => {
  for (let step = 0; step < steps; step += 1) await passOnSeats({ ...deps, db: own }, scheduleId)
}

const unlocked = db.withPlugin(otherText(/pg_try_advisory_xact_lock\(/, '(NULL IS DISTINCT FROM '))

test.each([
  ['each seat is offered once, to the longest waiting, and nobody is passed over', db],
  ['so it is without the lock that keeps steps apart: the rows decide', unlocked],
])('four replicas while tickets come back: %s', async (_what, own) => {
  const { scheduleId, ticket, places } = await crowded(12, 20)
  const returning = async () => {
    for (let n = 0; n < 12; n += 1) await giveBack(ticket(n))
  }
  await Promise.all([returning(), ...Array.from({ length: 4 }, () => replica(scheduleId, 20, own))])
  await passOn(scheduleId)
  expect(await offeredTo(places)).toEqual(Array.from({ length: 12 }, (_, index) => index))
  const seats = await seatsOffered(places)
  expect(new Set(seats).size).toBe(12)
  expect(
    (await traces(scheduleId)).events.filter(({ event_type }) => event_type === 'WaitingListOffered'),
  ).toHaveLength(12)
})

test('people leave and come while seats are passed on: nobody who has left is asked, and the line goes on', async () => {
  for (let round = 0; round < 4; round += 1) {
    const { scheduleId, ticket, places } = await crowded(4, 8)
    for (let n = 0; n < 4; n += 1) await giveBack(ticket(n))
    const leaving = places.filter((_, index) => index % 2 === 0)
    await Promise.all([replica(scheduleId, 8), replica(scheduleId, 8), ...leaving.map(leave), waiting(scheduleId)])
    await passOn(scheduleId)
    const statuses = (await Promise.all(places.map(placeOf))).map(({ status }) => status)
    expect(statuses.filter((_, index) => index % 2 === 0)).toEqual(Array.from({ length: 4 }, () => 'LEFT'))
    expect(statuses.filter((_, index) => index % 2 === 1)).toEqual(Array.from({ length: 4 }, () => 'OFFERED'))
  }
})

test('offers lapse while they are swept and passed on by several: no seat is lost, and none is offered twice', async () => {
  const { scheduleId, schedule, ticket, places } = await crowded(3, 9)
  for (let n = 0; n < 3; n += 1) await giveBack(ticket(n))
  await passOn(scheduleId)
  for (const round of [0, 1]) {
    const served = places.slice(round * 3, round * 3 + 3)
    await Promise.all([
      ...served.map(async (place) => lapse((await offerOf(place)).reservationId)),
      replica(scheduleId, 10),
      replica(scheduleId, 10),
    ])
    await passOn(scheduleId)
    expect(await offeredTo(places)).toEqual([0, 1, 2].map((index) => (round + 1) * 3 + index))
    expect((await seatsOffered(places)).toSorted()).toEqual([0, 1, 2].flatMap((n) => ticket(n).seatIds).toSorted())
  }
  expect(await freeIn(schedule)).toEqual([])
})

test('buyers who try all the time never get a seat while it goes from the ticket to the list and on to the next', async () => {
  const { scheduleId, schedule, ticket, places } = await crowded(1, 2)
  const buyers = await admit(schedule, 6)
  const outcomes: string[] = []
  let isOver = false
  const trying = buyers.map(async (buyer) => {
    while (!isOver) outcomes.push(outcome(await hold(buyer, ticket().seatIds)))
  })
  await giveBack(ticket())
  await passOn(scheduleId)
  await lapse((await offerOf(places[0] ?? { userId: '', entryId: '' })).reservationId)
  await passOn(scheduleId)
  expect(await offeredTo(places)).toEqual([1])
  isOver = true
  await Promise.all(trying)
  expect(outcomes.length).toBeGreaterThan(6)
  expect(new Set(outcomes)).toEqual(new Set(['409 SEAT_TAKEN']))
})

/** Somebody's transaction about the first in line that takes its time and then comes to nothing. */
const hesitating = async (entryId: string, during: () => Promise<unknown>) => {
  const [locked, leaving] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const transaction = db.transaction().execute(async (trx) => {
    await sql`UPDATE waiting_list_entries SET status = 'LEFT', ended_at = now() WHERE id = ${entryId}::uuid`.execute(
      trx,
    )
    locked.resolve()
    await leaving.promise
    throw new Error('stays')
  })
  await locked.promise
  let isDone = false
  const passing = during().finally(() => (isDone = true))
  await waitUntil(async () => {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
    return isDone || rows.length > 0
  })
  leaving.resolve()
  await expect(transaction).rejects.toThrow('stays')
  await passing
}
const skipping = db.withPlugin(
  otherText(/ORDER BY position LIMIT 1/, 'ORDER BY position LIMIT 1 FOR UPDATE SKIP LOCKED'),
)

test('somebody who is just leaving and then stays is waited for, not passed over; skipping would pass over (negative control)', async () => {
  for (const [own, asked] of [
    [db, 0],
    [skipping, 1],
  ] as const) {
    const { scheduleId, ticket, places } = await crowded(1, 2)
    await giveBack(ticket())
    await hesitating(places[0]?.entryId ?? '', () => passOnSeats({ ...deps, db: own }, scheduleId))
    expect(await offeredTo(places)).toEqual([asked])
  }
})

/** Offers one seat to two people at once, by statements that may lack a guard. Gives how many were refused. */
const offerTwice = async (own: typeof db) => {
  const { schedule, ticket, places } = await crowded(1, 2)
  await giveBack(ticket())
  const { rows } = await sql<{ id: string; seat_id: string; sold_as: string }>`
    SELECT id, seat_id, sold_as FROM reservation_seats
    WHERE schedule_id = ${schedule.facts.scheduleId}::uuid`.execute(db)
  const chosen = rows.map((row) => ({ ...row, grade: 'S' as const }))
  const seats = new Map(schedule.seats.map((seat) => [seat.id, seat]))
  const bothChose = Promise.withResolvers<void>()
  let ready = 0
  const offers = places.map(({ entryId: id, userId: user_id }) =>
    own.transaction().execute(async (trx) => {
      ready += 1
      if (ready === places.length) bothChose.resolve()
      await bothChose.promise
      await writeOffer(trx, deps, {
        schedule: schedule.facts,
        seats,
        chosen,
        entry: { id, user_id, grade: null, seats_wanted: 1 },
      })
    }),
  )
  const outcomes = await Promise.allSettled(offers)
  return outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []))
}
const withoutGuard = otherText(/AND withheld_at IS NOT NULL AND passed_on_at IS NULL\s+RETURNING/, 'RETURNING')

test('two who have chosen the same seat: the row’s state refuses the second, and without it the index', async () => {
  const [stale, ...none] = await offerTwice(db)
  expect(none).toEqual([])
  expect(stale).toBeInstanceOf(StaleLine)
  const [refused, ...more] = await offerTwice(db.withPlugin(withoutGuard))
  expect(more).toEqual([])
  expect(isUniqueViolation(refused, 'reservation_seats_one_active')).toBe(true)
})

test('while another process takes a step of the schedule, this one takes none', async () => {
  const { scheduleId, ticket, places } = await crowded(1, 2)
  await giveBack(ticket())
  await db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`waiting-list ${scheduleId}`}, 0))`.execute(trx)
    await passOnSeats(deps, scheduleId)
    expect(await offeredTo(places)).toEqual([])
  })
  await passOn(scheduleId)
  expect(await offeredTo(places)).toEqual([0])
})

test('a step that dies before its commit has offered nothing, and the next one offers to the same person', async () => {
  const { scheduleId, ticket, places } = await crowded(1, 2)
  await giveBack(ticket())
  const before = await traces(scheduleId)
  const dying = otherText(
    /SELECT hold_expires_at FROM reserved/,
    'SELECT hold_expires_at, pg_terminate_backend(pg_backend_pid()) FROM reserved',
  )
  const own = createDatabase<Database>({ url: service.stores.DATABASE_URL, poolMax: 2, applicationName: 'dying' })
  await expect(passOnSeats({ ...deps, db: own.db.withPlugin(dying) }, scheduleId)).rejects.toThrow(
    'Connection terminated',
  )
  await own.close()
  expect(await traces(scheduleId)).toEqual(before)
  expect(await offeredTo(places)).toEqual([])
  await passOn(scheduleId)
  expect(await offeredTo(places)).toEqual([0])
})

test('no call of this file was answered with an error of our own making', () => {
  expect(logged.filter((line) => line.includes('INTERNAL_ERROR'))).toEqual([])
})
