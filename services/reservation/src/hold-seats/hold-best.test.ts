import { holdKey, holdSeats } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { type Buyer, type HoldAnswer, outcome } from '../test-buyers.ts'
import { hallOfRows, type TestSchedule } from '../test-neighbours.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { writeHold } from './write-hold.ts'

const service = await testReservationService()
const { app, scene, admit, admitOne, hold, held, holdBest, change, traces, locks, makeOverdue, loseHolds } = service

const best = async (buyer: Buyer, wish: object): Promise<HoldAnswer> => {
  const response = await holdBest(buyer, wish)
  if (response.statusCode !== 201) throw new Error(`the wish was answered ${response.body}`)
  return response.json<HoldAnswer>()
}
/** How a wish is refused once the picture of what is left, which is shared for a moment, is the present one. */
const refusal = (buyer: Buyer, wish: object, seatsLeft: number): Promise<string> =>
  waitUntil(async () => {
    const response = await holdBest(buyer, wish)
    return response.json<{ seatsLeft?: number }>().seatsLeft === seatsLeft && outcome(response)
  })
/** Row and place of each seat. */
const numbersOf = ({ seats }: HoldAnswer) =>
  seats.map(({ seatNumber }) => seatNumber.split('-').slice(1).map(Number).join('-'))
const idsOf = ({ seats }: HoldAnswer) => seats.map((seat) => seat.seatId)
const seatAt = (schedule: TestSchedule, row: number, place: number) => {
  const found = schedule.seats.find((seat) => seat.row === String(row) && seat.x === place - 1)
  if (!found) throw new Error(`there is no seat ${row}-${place}`)
  return found
}
const count = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, all]) => [one, all.length]))

test('gives the seats nearest to the stage, side by side, as a hold like any other', async () => {
  const { schedule, scheduleId, buyer } = await scene(hallOfRows(3, 9))
  const answer = await best(buyer, { count: 3 })
  expect(numbersOf(answer)).toEqual(['1-4', '1-5', '1-6'])
  expect(answer).toMatchObject({ status: 'PENDING', totalAmount: 3 * 176_000 })
  expect(Object.keys(answer).toSorted()).toEqual(
    Object.keys(await held(await admitOne(schedule), [seatAt(schedule, 3, 1).id])).toSorted(),
  )
  const left = await traces(scheduleId)
  expect(left.seats.filter((seat) => seat.reservation_id === answer.reservationId)).toHaveLength(3)
  for (const id of idsOf(answer)) expect(left.locks[id]).toBe(answer.reservationId)
  expect(outcome(await hold(await admitOne(schedule), idsOf(answer)))).toBe('409 SEAT_TAKEN')
})

test('gives the wished grade, and without one the best grade that has room', async () => {
  const { schedule, buyer } = await scene(hallOfRows(4, 6, (row) => (row <= 2 ? 'A' : row === 3 ? 'VIP' : 'B')))
  expect((await best(buyer, { count: 2, grade: 'B' })).seats.map((seat) => seat.grade)).toEqual(['B', 'B'])
  const anyGrade = []
  for (const other of await admit(schedule, 4)) anyGrade.push((await best(other, { count: 2 })).seats[0]?.grade)
  expect(anyGrade).toEqual(['VIP', 'VIP', 'VIP', 'A'])
  expect(await refusal(await admitOne(schedule), { count: 2, grade: 'S' }, 0)).toBe('409 NO_SEATS_TOGETHER')
})

test('an aisle parts seats, wheelchair seats are not given away, restricted views come last', async () => {
  const seats = hallOfRows(1, 8)
  const aisle = seats.map((seat) => ({ ...seat, x: seat.x >= 3 ? seat.x + 2 : seat.x }))
  const parted = await scene(aisle)
  expect(numbersOf(await best(parted.buyer, { count: 4 }))).toEqual(['1-4', '1-5', '1-6', '1-7'])
  expect(outcome(await holdBest(await admitOne(parted.schedule), { count: 4 }))).toBe('409 NO_SEATS_TOGETHER')

  const marked = seats.map((seat) => ({ ...seat, accessible: seat.x === 3, restrictedView: seat.x < 3 }))
  const { schedule, buyer } = await scene(marked.map((seat) => ({ ...seat, id: uuidv7() })))
  expect(numbersOf(await best(buyer, { count: 2 }))).toEqual(['1-5', '1-6'])
  expect(numbersOf(await best(await admitOne(schedule), { count: 2 }))).toEqual(['1-7', '1-8'])
  expect(numbersOf(await best(await admitOne(schedule), { count: 3 }))).toEqual(['1-1', '1-2', '1-3'])
  expect(await refusal(await admitOne(schedule), { count: 1 }, 0)).toBe('409 NO_SEATS_TOGETHER')
})

test('what the event service has sold is not given, also when no lock says so', async () => {
  const { schedule, buyer } = await scene(hallOfRows(1, 6))
  for (const ordinal of [2, 3]) schedule.sold.add(ordinal)
  const answer = await best(buyer, { count: 2 })
  expect(['1-1 1-2', '1-5 1-6']).toContain(numbersOf(answer).join(' '))
})

test('no group left: together is refused with how many are left, apart gives the nearest', async () => {
  const { schedule, scheduleId, buyer } = await scene(hallOfRows(3, 3))
  await held(
    await admitOne(schedule),
    [1, 2, 3].map((row) => seatAt(schedule, row, 2).id),
  )
  const before = await traces(scheduleId)
  expect(await refusal(buyer, { count: 2, together: true }, 6)).toBe('409 NO_SEATS_TOGETHER')
  expect(await traces(scheduleId)).toEqual(before)
  const apart = await best(buyer, { count: 4, together: false })
  expect(apart.seats).toHaveLength(4)
  expect(numbersOf(apart).slice(0, 2)).toEqual(['1-1', '1-3'])
  expect(await refusal(await admitOne(schedule), { count: 3, together: false }, 2)).toBe('409 NOT_ENOUGH_SEATS')
})

test('asking again for what one holds gives the same hold, asking for something else names it', async () => {
  const { schedule, scheduleId, buyer } = await scene(hallOfRows(2, 8, (row) => (row === 1 ? 'VIP' : 'S')))
  const first = await best(buyer, { count: 2, grade: 'VIP' })
  const before = await traces(scheduleId)
  for (const wish of [{ count: 2 }, { count: 2, grade: 'VIP' }, { count: 2, together: false }]) {
    expect(await best(buyer, wish)).toEqual(first)
  }
  for (const wish of [{ count: 3 }, { count: 2, grade: 'S' }]) {
    const refused = await holdBest(buyer, wish)
    expect(outcome(refused)).toBe('409 HOLD_EXISTS')
    expect(refused.json()).toMatchObject({ reservationId: first.reservationId, holdExpiresAt: first.holdExpiresAt })
  }
  expect(outcome(await hold(buyer, idsOf(first)))).toBe('201')
  expect(await traces(scheduleId)).toEqual(before)

  const chosen = await admitOne(schedule)
  const apart = await held(chosen, [seatAt(schedule, 2, 1).id, seatAt(schedule, 2, 3).id])
  expect(outcome(await holdBest(chosen, { count: 2 }))).toBe('409 HOLD_EXISTS')
  expect((await best(chosen, { count: 2, together: false })).reservationId).toBe(apart.reservationId)
})

test('asking twice at once gives one hold, also when nothing else is left', async () => {
  const { schedule, buyer } = await scene(hallOfRows(4, 6))
  const answers = await Promise.all(Array.from({ length: 5 }, () => best(buyer, { count: 3 })))
  expect(new Set(answers.map((answer) => answer.reservationId)).size).toBe(1)
  const last = await admitOne(schedule)
  for (const other of await admit(schedule, 7)) {
    if ((await traces(schedule.facts.scheduleId)).seats.length < 21) await best(other, { count: 3 })
  }
  const mine = await best(last, { count: 3 })
  expect(await best(last, { count: 3 })).toEqual(mine)
  expect(outcome(await holdBest(await admitOne(schedule), { count: 1 }))).toBe('409 NO_SEATS_TOGETHER')
})

test('what was picked can be exchanged and given back like chosen seats', async () => {
  const { schedule, buyer } = await scene(hallOfRows(1, 6))
  const mine = await best(buyer, { count: 2 })
  expect(outcome(await change(buyer, mine.reservationId, [seatAt(schedule, 1, 1).id]))).toBe('200')
  expect(outcome(await service.release(buyer, mine.reservationId))).toBe('204')
  expect((await best(await admitOne(schedule), { count: 4 })).seats).toHaveLength(4)
})

test('where Redis has lost its locks the rows refuse, and other seats are picked', async () => {
  const { schedule, scheduleId } = await scene(hallOfRows(10, 6))
  const buyers = await admit(schedule, 10)
  for (const buyer of buyers.slice(0, 5)) {
    await best(buyer, { count: 3 })
    await loseHolds(schedule)
  }
  const rest = await Promise.all(buyers.slice(5).map((buyer) => best(buyer, { count: 3 })))
  expect(rest.map((answer) => answer.seats.length)).toEqual([3, 3, 3, 3, 3])
  const active = (await traces(scheduleId)).seats.filter((seat) => seat.active)
  expect(new Set(active.map((seat) => seat.seat_id)).size).toBe(30)
})

test('a hold that is over is picked up although its row still stands', async () => {
  const { schedule, buyer, scheduleId } = await scene(hallOfRows(1, 2))
  const old = await best(buyer, { count: 2 })
  await makeOverdue(old.reservationId)
  await loseHolds(schedule)
  const next = await best(await admitOne(schedule), { count: 2 })
  expect(await locks(scheduleId)).toEqual(
    Object.fromEntries(
      idsOf(next)
        .toSorted()
        .map((id) => [id, next.reservationId]),
    ),
  )
})

test('seats that are only being written are waited for, and given if they come back', async () => {
  const { scheduleId, seatIds, buyer } = await scene(hallOfRows(1, 2))
  await holdSeats(service.redis, { scheduleId, reservationId: uuidv7(), seatIds, tentativeMs: 60 })
  expect((await best(buyer, { count: 2 })).seats).toHaveLength(2)
})

test('wishes that cannot be: both forms, none, 0 and junk are no valid request, 5 are one too many', async () => {
  const { scheduleId, buyer, seatIds } = await scene(hallOfRows(1, 8))
  const bodies: [object, string][] = [
    [{ scheduleId, seatIds: seatIds.slice(0, 1), best: { count: 1 } }, '400 VALIDATION_FAILED'],
    [{ scheduleId }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: {} }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 0 } }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 1.5 } }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 2, grade: 'R' } }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 2, together: 'yes' } }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 2, price: 1 } }, '400 VALIDATION_FAILED'],
    [{ scheduleId, best: { count: 5 } }, '409 SEAT_LIMIT_EXCEEDED'],
  ]
  for (const [payload, expected] of bodies) {
    const response = await app.inject({ method: 'POST', url: '/reservations/hold', headers: buyer.headers, payload })
    expect(outcome(response)).toBe(expected)
  }
  expect(await traces(scheduleId)).toEqual({ reservations: [], seats: [], events: [], locks: {} })
})

test('not outside the sale, and not for a schedule that is not there', async () => {
  const { buyer, schedule, scheduleId } = await scene(hallOfRows(1, 4), { eventStatus: 'CANCELLED' })
  expect(outcome(await holdBest(buyer, { count: 2 }))).toBe('409 SALE_NOT_OPEN')
  expect(await locks(scheduleId)).toEqual({})
  const unknown = { ...schedule, facts: { ...schedule.facts, scheduleId: uuidv7() } }
  expect(outcome(await holdBest(await admitOne(unknown), { count: 2 }))).toBe('404 SCHEDULE_NOT_FOUND')
})

test('control: picking outside the script, everybody meets everybody; only the index keeps seats single', async () => {
  const { schedule } = await scene(hallOfRows(10, 30))
  const offers = await service.deps.seatOffers.current(schedule.facts.scheduleId)
  const [best] = offers.ranked({
    grade: undefined,
    groupSize: 3,
    withRestrictedView: false,
    manner: 'together',
    singles: 'avoided',
  })
  const picked = schedule.seats.filter((seat) => best?.segment.seats.slice(0, 3).some(({ id }) => id === seat.id))
  const written = await Promise.all(
    Array.from({ length: 30 }, () =>
      writeHold(service.deps, {
        reservationId: uuidv7(),
        userId: uuidv7(),
        scheduleId: schedule.facts.scheduleId,
        seatIds: picked.map((seat) => seat.id),
        seats: picked,
        schedule: schedule.facts,
        requestId: 'outside',
      }),
    ),
  )
  expect(count(written.map((one) => (one === 'in-the-way' ? one : 'made')))).toEqual({ made: 1, 'in-the-way': 29 })
})

test('a hall of single seats that turn out to be locked, whatever the picture says, is looked through and refused', async () => {
  const { buyer, scheduleId, seatIds } = await scene(hallOfRows(1_500, 1))
  const pipeline = service.redis.client.pipeline()
  for (const seatId of seatIds) pipeline.set(holdKey(scheduleId, seatId), uuidv7(), 'PX', 600_000)
  await pipeline.exec()
  expect(outcome(await holdBest(buyer, { count: 1 }))).toBe('409 NO_SEATS_TOGETHER')
})

test('a companion seat is kept for whoever takes the wheelchair place beside it, and offered once that is taken alone', async () => {
  const seats = hallOfRows(1, 6).map((seat) => ({
    ...seat,
    accessible: seat.ordinal === 2,
    companionOf: seat.ordinal === 3 ? 2 : null,
  }))
  const { schedule, buyer, scheduleId } = await scene(seats)
  const pairs = [await best(buyer, { count: 2 }), await best(await admitOne(schedule), { count: 2 })]
  expect(pairs.flatMap(numbersOf).toSorted()).toEqual(['1-1', '1-2', '1-5', '1-6'])
  const late = await admitOne(schedule)
  expect(outcome(await holdBest(late, { count: 1 }))).toBe('409 NO_SEATS_TOGETHER')
  await held(await admitOne(schedule), [seatAt(schedule, 1, 3).id])
  const given = await waitUntil(async () => {
    const response = await holdBest(late, { count: 1 })
    return response.statusCode === 201 && response.json<HoldAnswer>()
  })
  expect(numbersOf(given)).toEqual(['1-4'])
  expect(Object.keys(await locks(scheduleId))).toHaveLength(6)
})
