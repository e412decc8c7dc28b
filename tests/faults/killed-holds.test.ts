import { holdKey } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { createMeasures } from '../load/crowd/measure.ts'
import { prepareRoad } from '../load/crowd/run-crowd.ts'
import { type FailpointName, failpoints } from './failpoints.ts'
import { faultSystem } from './fault-system.ts'
import { type Answer, isUnknown, type Person, peopleOf } from './people.ts'

/** S3: nothing keeps a seat longer than this after the end of its hold, or of the attempt to make one. */
const graceMs = 20_000
const tentativeSeconds = 3
const timeoutMs = 150_000

const own = await faultSystem({ TENTATIVE_HOLD_SECONDS: String(tentativeSeconds) }, { redisDatabase: 11 })
const people = peopleOf(own, 'gateway')
afterAll(() => people.close())
const { seats } = await prepareRoad(own, createMeasures())
const { db } = own.books.database

let used = 0
/** Seats that no other test of this file has. */
const someSeats = (count: number): string[] => {
  used += count
  return seats.slice(used - count, used).map((seat) => seat.id)
}

interface Row {
  readonly id: string
  readonly status: string
  readonly version: number
  readonly seatIds: readonly string[]
}

/** What the rows say of a person's reservations and the seats that are theirs now. */
async function rowsOf({ userId }: Person): Promise<Row[]> {
  const { rows } = await sql<Row>`
    SELECT r.id, status, version,
      array(SELECT seat_id::text FROM reservation_service.reservation_seats s
        WHERE s.reservation_id = r.id AND active ORDER BY seat_id) AS "seatIds"
    FROM reservation_service.reservations r WHERE user_id = ${userId}::uuid ORDER BY id`.execute(db)
  return rows
}

/** How often a reservation's end has been told. */
async function endsTold(reservationId: string): Promise<number> {
  const { rows } = await sql`
    SELECT 1 FROM common.outbox_events
    WHERE aggregate_id = ${reservationId} AND event_type = 'ReservationCancelled'`.execute(db)
  return rows.length
}

const ownersOf = (seatIds: readonly string[]) =>
  own.books.redis.client.mget(seatIds.map((seatId) => holdKey(own.scheduleId, seatId)))

/** Kills the service where a call has come to, and gives its answer: the caller learns nothing. */
async function killAt(name: FailpointName, call: () => Promise<Answer>): Promise<void> {
  await own.takesCalls('reservation')
  const { reached } = own.dieAt(name)
  const answering = call()
  const early = answering.then((answer) => (isUnknown(answer) ? reached : Promise.reject(unreached(name, answer))))
  await Promise.race([reached, early])
  expect(isUnknown(await answering)).toBe(true)
}

const unreached = (name: FailpointName, answer: Answer) =>
  new Error(`"${failpoints[name].text}" was not seen (${name}); the call was answered ${JSON.stringify(answer)}`)

/** Asks again as a page does, until it is known what came of it. */
const untilKnown = (call: () => Promise<Answer>): Promise<Answer> =>
  waitUntil(
    async () => {
      const answer = await call()
      return answer.status < 500 ? answer : null
    },
    { timeoutMs: tentativeSeconds * 1000 + graceMs, intervalMs: 200 },
  )

/** Whoever wants the seats gets them in time. */
async function areHadBySomebodyElse(seatIds: readonly string[]): Promise<void> {
  const other = await people.admitted()
  const answer = await untilKnown(() => people.hold(other, seatIds))
  expect(answer).toMatchObject({ status: 201 })
}

async function heldBy(person: Person, seatIds: readonly string[]): Promise<string> {
  const answer = await people.hold(person, seatIds)
  expect(answer).toMatchObject({ status: 201 })
  return String(answer.body['reservationId'])
}

test.each<[FailpointName, 'no row' | 'a row']>([
  ['hold:after-lock', 'no row'],
  ['hold:after-row', 'a row'],
  ['hold:after-commit', 'a row'],
  ['hold:before-answer', 'a row'],
])(
  'killed at %s (%s): all seats or none, and whoever asks again has one hold, the same if there was one',
  async (name, left) => {
    const seatIds = someSeats(3).toSorted()
    const person = await people.admitted()
    await killAt(name, () => people.hold(person, seatIds))
    const before = await rowsOf(person)
    expect(before).toMatchObject(left === 'a row' ? [{ status: 'PENDING', seatIds }] : [])

    await own.takesCalls('reservation')
    const again = await untilKnown(() => people.hold(person, seatIds))
    expect(again).toMatchObject({ status: 201, body: { reservationId: before[0]?.id ?? expect.any(String) } })
    const reservationId = String(again.body['reservationId'])
    expect(await rowsOf(person)).toMatchObject([{ id: reservationId, status: 'PENDING', seatIds }])
    expect(await ownersOf(seatIds)).toEqual(seatIds.map(() => reservationId))
    const rival = await people.hold(await people.admitted(), seatIds.slice(0, 1))
    expect(rival).toMatchObject({ status: 409, code: 'SEAT_TAKEN' })
  },
  timeoutMs,
)

test(
  'killed between lock and row, and nobody asks again: the seats are had by others in time',
  async () => {
    const seatIds = someSeats(2)
    const person = await people.admitted()
    await killAt('hold:after-lock', () => people.hold(person, seatIds))
    await own.takesCalls('reservation')
    await areHadBySomebodyElse(seatIds)
    expect(await rowsOf(person)).toEqual([])
  },
  timeoutMs,
)

test(
  'killed between row and answer, and nobody asks again: the hold ends with its time, once, and others have the seats',
  async () => {
    const seatIds = someSeats(2)
    const person = await people.admitted()
    await killAt('hold:after-row', () => people.hold(person, seatIds))
    const [row] = await rowsOf(person)
    const reservationId = row?.id ?? ''
    await sql`UPDATE reservation_service.reservations SET hold_expires_at = now() WHERE id = ${reservationId}::uuid`.execute(
      db,
    )
    await own.takesCalls('reservation')
    await areHadBySomebodyElse(seatIds)
    expect(await rowsOf(person)).toMatchObject([{ status: 'CANCELLED', seatIds: [] }])
    expect(await endsTold(reservationId)).toBe(1)
  },
  timeoutMs,
)

test.each<[FailpointName, 'old' | 'new']>([
  ['change:after-lock', 'old'],
  ['change:after-row', 'new'],
])(
  'killed at %s: the person has the %s seats, never both or neither, and the change asked for again is made',
  async (name, has) => {
    const [oldIds, newIds] = [someSeats(2).toSorted(), someSeats(2).toSorted()]
    const person = await people.admitted()
    const reservationId = await heldBy(person, oldIds)
    await killAt(name, () => people.change(person, reservationId, newIds))
    const seatIds = has === 'old' ? oldIds : newIds
    expect(await rowsOf(person)).toMatchObject([{ id: reservationId, status: 'PENDING', seatIds }])

    await own.takesCalls('reservation')
    const again = await untilKnown(() => people.change(person, reservationId, newIds))
    expect(again).toMatchObject({ status: 200, body: { reservationId } })
    expect(await rowsOf(person)).toMatchObject([{ id: reservationId, status: 'PENDING', seatIds: newIds, version: 2 }])
    await areHadBySomebodyElse(oldIds)
    const rival = await people.hold(await people.admitted(), newIds.slice(0, 1))
    expect(rival).toMatchObject({ status: 409, code: 'SEAT_TAKEN' })
  },
  timeoutMs,
)

test.each<[FailpointName, 'PENDING' | 'CANCELLED']>([
  ['end:before-row', 'PENDING'],
  ['end:after-row', 'CANCELLED'],
])(
  'killed at %s: the hold is whole or over (%s), it ends once, and others have the seats',
  async (name, status) => {
    const seatIds = someSeats(2).toSorted()
    const person = await people.admitted()
    const reservationId = await heldBy(person, seatIds)
    await killAt(name, () => people.release(person, reservationId))
    // What an open transaction had done goes with the connection it was on.
    await waitUntil(async () =>
      expect(await rowsOf(person)).toMatchObject([{ status, seatIds: status === 'PENDING' ? seatIds : [] }]),
    )
    expect(await ownersOf(seatIds)).toEqual(seatIds.map(() => reservationId))

    await own.takesCalls('reservation')
    expect(await untilKnown(() => people.release(person, reservationId))).toMatchObject({ status: 204 })
    await areHadBySomebodyElse(seatIds)
    expect(await endsTold(reservationId)).toBe(1)
  },
  timeoutMs,
)
