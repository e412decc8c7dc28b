import type { KyselyPlugin } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { type Buyer, outcome } from '../test-buyers.ts'
import { askWhileConfirming } from '../test-confirmations.ts'
import { hallOfRows, type TestSchedule } from '../test-neighbours.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { otherText, writingTo } from '../test-statements.ts'
import { writeHold } from './write-hold.ts'

const service = await testReservationService()
const { db, neighbours, scene, admitOne, admitAgain, hold, holdBest, held, release, change, paying, deliver } = service
const { traces, locks, makeOverdue, loseHolds } = service

const rulesOf = (perPersonMax: number) => ({
  perPersonMax,
  avoidOrphans: false,
  release: { policy: 'AT_ONCE' as const, at: null },
})
/** Schedules of one event that sells so many seats to a person, with somebody whose turn it is in each of them. */
const tour = async (schedules: number, perPersonMax: number) => {
  const eventId = uuidv7()
  const all = Array.from({ length: schedules }, () =>
    neighbours.addSchedule(hallOfRows(1, 12), { eventId, rules: rulesOf(perPersonMax) }),
  )
  const userId = uuidv7()
  const turns: Buyer[] = []
  for (const schedule of all) turns.push(await admitAgain({ userId }, schedule))
  const at = (index: number) => {
    const [schedule, buyer] = [all[index], turns[index]]
    if (!schedule || !buyer) throw new Error(`there is no schedule ${index}`)
    return { schedule, buyer, ids: (from: number, to: number) => schedule.seats.slice(from, to).map((seat) => seat.id) }
  }
  return { eventId, userId, all, at }
}

test('counts PENDING and CONFIRMED seats over all schedules of the event, and refuses with both numbers', async () => {
  const { at } = await tour(3, 5)
  const [first, second, third] = [at(0), at(1), at(2)]
  const paid = await paying(first.buyer, first.ids(0, 2))
  await deliver(paymentSuccess(first.buyer, paid, paid.paymentId))
  await held(second.buyer, second.ids(0, 2))
  const before = await traces(third.schedule.facts.scheduleId)
  const refused = await hold(third.buyer, third.ids(0, 2))
  expect(outcome(refused)).toBe('409 PERSON_LIMIT_EXCEEDED')
  expect(refused.json()).toMatchObject({ limit: 5, held: 4 })
  expect(outcome(await holdBest(third.buyer, { count: 2 }))).toBe('409 PERSON_LIMIT_EXCEEDED')
  expect(await traces(third.schedule.facts.scheduleId)).toEqual(before)
  expect(outcome(await hold(third.buyer, third.ids(0, 1)))).toBe('201')
})

test('in one schedule too: what has been paid counts for the next hold', async () => {
  const { at } = await tour(1, 3)
  const { buyer, ids } = at(0)
  const paid = await paying(buyer, ids(0, 2))
  await deliver(paymentSuccess(buyer, paid, paid.paymentId))
  expect((await hold(buyer, ids(2, 4))).json()).toMatchObject({ code: 'PERSON_LIMIT_EXCEEDED', limit: 3, held: 2 })
  await held(buyer, ids(2, 3))
})

test('what was given back or is over counts no more, nor do other events and other people', async () => {
  const { at } = await tour(3, 2)
  const [first, second, third] = [at(0), at(1), at(2)]
  const given = await held(first.buyer, first.ids(0, 2))
  expect(outcome(await hold(second.buyer, second.ids(0, 1)))).toBe('409 PERSON_LIMIT_EXCEEDED')
  await release(first.buyer, given.reservationId)
  const late = await held(second.buyer, second.ids(0, 2))
  await makeOverdue(late.reservationId)
  await held(third.buyer, third.ids(0, 2))
  await held(await admitOne(third.schedule), third.ids(2, 4))
  const elsewhere = await scene(4, { rules: rulesOf(2) })
  await held(await admitAgain(third.buyer, elsewhere.schedule), elsewhere.seatIds.slice(0, 2))
})

test('more than the limit in one hold is refused, and without a limit four are not', async () => {
  const { at } = await tour(1, 2)
  expect((await hold(at(0).buyer, at(0).ids(0, 3))).json()).toMatchObject({ code: 'PERSON_LIMIT_EXCEEDED', held: 0 })
  const free = await scene(4)
  await held(free.buyer, free.seatIds)
})

test('a repeat at the limit is the same hold, also when Redis has lost the locks', async () => {
  const { at } = await tour(1, 2)
  const { buyer, ids, schedule } = at(0)
  const mine = await held(buyer, ids(0, 2))
  expect(await held(buyer, ids(0, 2))).toEqual(mine)
  await loseHolds(schedule)
  expect(await held(buyer, ids(0, 2))).toEqual(mine)
  expect(outcome(await hold(buyer, ids(4, 6)))).toBe('409 HOLD_EXISTS')
})

test('seats may be exchanged at the limit, but not for more', async () => {
  const { at } = await tour(2, 3)
  const [first, second] = [at(0), at(1)]
  const mine = await held(first.buyer, first.ids(0, 2))
  await held(second.buyer, second.ids(0, 1))
  expect(outcome(await change(first.buyer, mine.reservationId, first.ids(2, 4)))).toBe('200')
  const before = await traces(first.schedule.facts.scheduleId)
  const refused = await change(first.buyer, mine.reservationId, first.ids(2, 5))
  expect(outcome(refused)).toBe('409 PERSON_LIMIT_EXCEEDED')
  expect(refused.json()).toMatchObject({ limit: 3, held: 1 })
  expect(await traces(first.schedule.facts.scheduleId)).toEqual(before)
  expect(outcome(await change(first.buyer, mine.reservationId, first.ids(4, 5)))).toBe('200')
})

const seatsOf = async (userId: string) =>
  (
    await db
      .selectFrom('reservations')
      .innerJoin('reservation_seats', 'reservation_id', 'reservations.id')
      .select('seat_id')
      .where('user_id', '=', userId)
      .where('active', '=', true)
      .execute()
  ).length

test('four devices at once, each in another schedule: never more than the limit, and as many as it allows', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { userId, at } = await tour(4, 4)
    const outcomes = await Promise.all([0, 1, 2, 3].map((index) => hold(at(index).buyer, at(index).ids(0, 2))))
    expect(outcomes.map(outcome).toSorted()).toEqual([
      '201',
      '201',
      '409 PERSON_LIMIT_EXCEEDED',
      '409 PERSON_LIMIT_EXCEEDED',
    ])
    expect(await seatsOf(userId)).toBe(4)
  }
})

test('a hold that waits while the person’s payment is confirmed counts what has been paid', async () => {
  const { userId, at } = await tour(1, 3)
  const { buyer, ids } = at(0)
  const mine = await paying(buyer, ids(0, 2))
  const success = paymentSuccess(buyer, mine, mine.paymentId)
  const answer = await askWhileConfirming(db, success, () => hold(buyer, ids(2, 4)))
  expect(answer.json()).toMatchObject({ code: 'PERSON_LIMIT_EXCEEDED', limit: 3, held: 2 })
  expect(await seatsOf(userId)).toBe(2)
  expect(await locks(buyer.scheduleId)).not.toHaveProperty(ids(2, 3))
  expect(outcome(await hold(buyer, ids(2, 3)))).toBe('201')
})

test('the best seats that wait while the person’s payment is confirmed count what has been paid', async () => {
  const { userId, at } = await tour(1, 2)
  const { buyer, ids } = at(0)
  const mine = await paying(buyer, ids(0, 2))
  const success = paymentSuccess(buyer, mine, mine.paymentId)
  const answer = await askWhileConfirming(db, success, () => holdBest(buyer, { count: 2 }))
  expect(outcome(answer)).toBe('409 PERSON_LIMIT_EXCEEDED')
  expect(await seatsOf(userId)).toBe(2)
})

/** Lets nobody go on from counting before so many have counted, each time they count. */
const allCountFirst = (people: number): KyselyPlugin => {
  let counted = Promise.withResolvers<void>()
  let left = people
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (result.rows[0] && 'seats_held' in result.rows[0]) {
        const { promise, resolve } = counted
        left -= 1
        if (left === 0) {
          counted = Promise.withResolvers()
          left = people
          resolve()
        }
        await promise
      }
      return result
    },
  }
}
const wantedBy = (userId: string, { facts, seats }: TestSchedule) => ({
  reservationId: uuidv7(),
  userId,
  scheduleId: facts.scheduleId,
  seatIds: seats.slice(0, 2).map((seat) => seat.id),
  schedule: facts,
  seats: seats.slice(0, 2),
  requestId: 'race',
})

test('control: without the turn of the person two devices both find room', async () => {
  const { userId, all } = await tour(2, 2)
  const unguarded = db.withPlugin(otherText(/pg_advisory_xact_lock\(/, 'pg_typeof(')).withPlugin(allCountFirst(2))
  await Promise.all(all.map((schedule) => writeHold(writingTo(unguarded), wantedBy(userId, schedule))))
  expect(await seatsOf(userId)).toBe(4)
})

test('a hold and an exchange of one person at once stay within the limit', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { userId, at } = await tour(2, 3)
    const [first, second] = [at(0), at(1)]
    const mine = await held(first.buyer, first.ids(0, 1))
    const outcomes = await Promise.all([
      change(first.buyer, mine.reservationId, first.ids(0, 3)),
      hold(second.buyer, second.ids(0, 2)),
    ])
    const granted = outcomes.map(outcome).filter((one) => one === '200' || one === '201')
    expect(granted).toHaveLength(1)
    expect(await seatsOf(userId)).toBe(3)
  }
})
