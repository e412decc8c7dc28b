import { commitHold, holdSeats, releaseSeats } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import type { Wish } from '../domain/rank-segments.ts'
import { type HoldAnswer, outcome } from '../test-buyers.ts'
import { hallOfRows } from '../test-neighbours.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { pickSeats } from './pick-seats.ts'
import type { SeatOffers } from './seat-offers.ts'

const service = await testReservationService({ TENTATIVE_HOLD_SECONDS: '2' })
const { deps, redis, scene, admitOne, hold, holdBest } = service

const outcomeOf = async (response: ReturnType<typeof holdBest>) => outcome(await response)

test('what was locked after the hall was looked at, and is still being written, is waited for', async () => {
  const { schedule, scheduleId, seatIds, buyer } = await scene(hallOfRows(1, 3))
  const other = await admitOne(schedule)
  const writing = { scheduleId, reservationId: uuidv7(), seatIds }
  await deps.seatOffers.current(scheduleId)
  await holdSeats(redis, { ...writing, tentativeMs: 1_500 })
  const [mine, theirs] = [holdBest(buyer, { count: 2 }), holdBest(other, { count: 3 })].map(outcomeOf)
  await waitUntil(async () => (await deps.seatOffers.current(scheduleId)).mayComeBack({ count: 3, together: true }))
  await releaseSeats(redis, writing)
  expect([await mine, await theirs].toSorted()).toEqual(['201', '409 NO_SEATS_TOGETHER'])
})

/** Picks two seats by dependencies that tell the pictures that were looked at, and that wake who waits by messages alone. */
const pickByMessages = ({ scheduleId }: { scheduleId: string }, tentativeHoldSeconds: number) => {
  const pictures = new Set<SeatOffers>()
  const current = async (id: string) => {
    const offers = await deps.seatOffers.current(id)
    pictures.add(offers)
    return offers
  }
  const follow = (id: string) => {
    const following = deps.holdOutcomes.follow(id)
    return { ...following, decidedSince: (momentMs: number) => following.decidedSince(momentMs, 600_000) }
  }
  const patient = { seatOffers: { ...deps.seatOffers, current }, holdOutcomes: { ...deps.holdOutcomes, follow } }
  const ids = { scheduleId, reservationId: uuidv7(), userId: uuidv7() }
  const wish = { count: 2, together: true }
  const picked = pickSeats({ ...deps, ...patient, tentativeHoldSeconds }, { ...ids, wish, refusedIds: new Set() })
  return { pictures, picked }
}

test('who waits is woken by what is decided', async () => {
  const { schedule, scheduleId, seatIds } = await scene(hallOfRows(1, 3))
  const writing = { scheduleId, reservationId: uuidv7(), seatIds }
  await holdSeats(redis, { ...writing, tentativeMs: 600_000 })
  const { pictures, picked } = pickByMessages(schedule.facts, 600)
  // The second may have what was decided while nobody listened; after it there are only messages.
  await waitUntil(() => pictures.size === 2)
  await releaseSeats(redis, writing)
  expect(await picked).toMatchObject({ picked: expect.arrayContaining([seatIds[1]]) })
  expect(pictures.size).toBe(3)
})

test('while nothing is decided it is not looked again', async () => {
  const { scheduleId, seatIds } = await scene(hallOfRows(1, 3))
  await holdSeats(redis, { scheduleId, reservationId: uuidv7(), seatIds, tentativeMs: 600_000 })
  let looks = 0
  const current = (id: string) => {
    looks += 1
    return deps.seatOffers.current(id)
  }
  const ids = { scheduleId, reservationId: uuidv7(), userId: uuidv7() }
  const picked = await pickSeats(
    { ...deps, seatOffers: { ...deps.seatOffers, current }, tentativeHoldSeconds: 1.5 },
    { ...ids, wish: { count: 2, together: true }, refusedIds: new Set() },
  )
  expect(picked).toBe('undecided')
  // At once, after what may have been missed, after a second of silence, and at the end.
  expect(looks).toBeLessThanOrEqual(4)
})

test('while nothing is decided nobody is told that there are none, and who has a hold gets it again', async () => {
  const { schedule, scheduleId, buyer } = await scene(hallOfRows(2, 2))
  const mine = await holdBest(buyer, { count: 2 })
  expect(outcome(mine)).toBe('201')
  const heldIds = new Set(mine.json<HoldAnswer>().seats.map(({ seatId }) => seatId))
  const seatIds = schedule.seats.flatMap(({ id }) => (heldIds.has(id) ? [] : [id]))
  await deps.seatOffers.current(scheduleId)
  await holdSeats(redis, { scheduleId, reservationId: uuidv7(), seatIds, tentativeMs: 30_000 })
  const asked = [holdBest(await admitOne(schedule), { count: 2 }), holdBest(buyer, { count: 2 })]
  const [response, repeat] = await Promise.all(asked)
  expect(response && outcome(response)).toBe('503 SEATS_UNDECIDED')
  expect(response?.headers['retry-after']).toBe('1')
  expect(repeat?.json()).toMatchObject({ reservationId: mine.json<HoldAnswer>().reservationId })
})

test('what others wait for holds up nobody who wishes for something else', async () => {
  const { schedule, scheduleId } = await scene(hallOfRows(2, 2, (row) => (row === 1 ? 'VIP' : 'B')))
  const idsOf = (grade: string) => schedule.seats.flatMap((seat) => (seat.grade === grade ? [seat.id] : []))
  expect(outcome(await hold(await admitOne(schedule), idsOf('B')))).toBe('201')
  const picture = await deps.seatOffers.current(scheduleId)
  await holdSeats(redis, { scheduleId, reservationId: uuidv7(), seatIds: idsOf('VIP'), tentativeMs: 30_000 })
  const still = async () => picture
  const pick = (wish: Wish) =>
    pickSeats(
      { ...deps, tentativeHoldSeconds: 0.2, seatOffers: { recent: still, current: still } },
      { scheduleId, reservationId: uuidv7(), userId: uuidv7(), wish, refusedIds: new Set() },
    )
  expect(await pick({ count: 2, grade: 'VIP', together: false })).toBe('undecided')
  // The one before has taken the row out of the picture, but it is the row that this one waits for.
  expect(await pick({ count: 2, grade: 'VIP', together: true })).toBe('undecided')
  expect(await pick({ count: 2, grade: 'B', together: true })).toEqual({ seatsLeft: 0 })
  expect(await pick({ count: 2, grade: 'B', together: false })).toEqual({ seatsLeft: 0 })
})

test('what others have passed over while it was being written is waited for, though they have found seats elsewhere', async () => {
  const { schedule, scheduleId } = await scene(hallOfRows(2, 3))
  const inRow = (row: string) => schedule.seats.flatMap((seat) => (seat.row === row ? [seat.id] : []))
  const picture = await deps.seatOffers.current(scheduleId)
  const still = async () => picture
  const pick = (reservationId: string) =>
    pickSeats(
      { ...deps, tentativeHoldSeconds: 0.2, seatOffers: { recent: still, current: still } },
      { scheduleId, reservationId, userId: uuidv7(), wish: { count: 2, together: true }, refusedIds: new Set() },
    )
  await holdSeats(redis, { scheduleId, reservationId: uuidv7(), seatIds: inRow('1'), tentativeMs: 30_000 })
  const reservationId = uuidv7()
  const found = await pick(reservationId)
  const seatIds = found !== 'undecided' && 'picked' in found ? found.picked : []
  expect(inRow('2')).toEqual(expect.arrayContaining([...seatIds]))
  await commitHold(redis, { scheduleId, reservationId, seatIds, remainingMs: 60_000 })
  expect(await pick(uuidv7())).toBe('undecided')
})

test('seats that lie apart are found however long the rows are and however far from each other they lie', async () => {
  const { schedule, scheduleId } = await scene(hallOfRows(40, 60))
  const free = new Set([7, 20 * 60, 39 * 60 + 30])
  for (const { ordinal } of schedule.seats) if (!free.has(ordinal)) schedule.sold.add(ordinal)
  const pick = (count: number) => {
    const ids = { scheduleId, reservationId: uuidv7(), userId: uuidv7() }
    return pickSeats(deps, { ...ids, wish: { count, together: false }, refusedIds: new Set() })
  }
  expect(await pick(4)).toEqual({ seatsLeft: 3 })
  const found = await pick(3)
  const ordinals = schedule.seats.flatMap(({ id, ordinal }) =>
    found !== 'undecided' && 'picked' in found && found.picked.includes(id) ? [ordinal] : [],
  )
  expect(ordinals).toEqual([...free])
})
