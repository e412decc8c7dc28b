import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { hallOf } from '../domain/hall.ts'
import { type Buyer, type HoldAnswer, outcome } from '../test-buyers.ts'
import { hallOfRows, type TestSchedule } from '../test-neighbours.ts'
import { testReservationService } from '../test-reservation-service.ts'

const { db, scene, admit, holdBest } = await testReservationService()

const count = (outcomes: readonly string[]) =>
  Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, all]) => [one, all.length]))

/** They say nothing about seats, but that a machine under load has not come to them. */
const unanswered: ReadonlySet<string> = new Set(['503 SERVICE_UNAVAILABLE', '503 OVERLOADED'])

/** Asks again until it is answered. SEATS_UNDECIDED is an answer: somebody was there in time and was not given seats. */
const patiently = (buyer: Buyer, wish: object) =>
  waitUntil(
    async () => {
      const response = await holdBest(buyer, wish)
      return !unanswered.has(outcome(response)) && response
    },
    { timeoutMs: 150_000, intervalMs: 500 },
  )

/** Whether seats lie side by side in one row. */
const areTogether = (schedule: TestSchedule, answer: HoldAnswer) => {
  const { segments } = hallOf(schedule.seats)
  const ids = new Set(answer.seats.map((seat) => seat.seatId))
  const places = segments.map(({ seats }) => seats.flatMap((seat, index) => (ids.has(seat.id) ? [index] : [])))
  const [own = [], ...others] = places.filter((one) => one.length > 0)
  return others.length === 0 && (own.at(-1) ?? 0) - (own[0] ?? 0) === answer.seats.length - 1
}

const activeSeats = async (scheduleId: string) =>
  db
    .selectFrom('reservation_seats')
    .select(['seat_id', 'reservation_id'])
    .where('schedule_id', '=', scheduleId)
    .where('active', '=', true)
    .execute()

test.each([
  ['threes that fill the hall to the last seat', () => 3],
  ['one to four', (index: number) => 1 + (index % 4)],
])(
  'a thousand people at once on 3,000 seats, %s: all are granted, nobody twice, everybody side by side',
  async (_what, sizeOf) => {
    const { schedule, scheduleId } = await scene(hallOfRows(100, 30))
    const buyers = await admit(schedule, 1_000)
    const responses = await Promise.all(buyers.map((buyer, index) => patiently(buyer, { count: sizeOf(index) })))
    expect(count(responses.map(outcome))).toEqual({ '201': 1_000 })
    const answers = responses.map((response) => response.json<HoldAnswer>())
    expect(answers.filter((answer) => !areTogether(schedule, answer))).toEqual([])
    expect(answers.map((answer) => answer.seats.length)).toEqual(buyers.map((_, index) => sizeOf(index)))
    const active = await activeSeats(scheduleId)
    expect(active).toHaveLength(buyers.reduce((sum, _, index) => sum + sizeOf(index), 0))
    expect(new Set(active.map((seat) => seat.seat_id)).size).toBe(active.length)
  },
  180_000,
)
