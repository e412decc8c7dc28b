import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { chooseReturned, type ReturnedSeat } from '../domain/choose-returned.ts'
import type { EntryAnswer } from '../domain/describe-entry.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const list = waitingListOf(service)

type Grade = ReturnedSeat['grade']
type Step =
  | { readonly does: 'join'; readonly who: number; readonly grade: Grade | null; readonly count: number }
  | { readonly does: 'give-back'; readonly ticket: number }
  | { readonly does: 'leave' | 'lapse' | 'buy'; readonly who: number }
  | { readonly does: 'pass-on' }

const people = 6
const sold = [
  { grade: 'S', seats: 1 },
  { grade: 'S', seats: 2 },
  { grade: 'VIP', seats: 1 },
  { grade: 'VIP', seats: 3 },
  { grade: 'S', seats: 3 },
] as const

const who = fc.nat(people - 1)
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        does: fc.constant('join' as const),
        who,
        grade: fc.constantFrom<Grade | null>(null, null, 'S', 'VIP'),
        count: fc.constantFrom(1, 1, 2, 3),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ does: fc.constant('give-back' as const), ticket: fc.nat(sold.length - 1) }),
    },
    { weight: 3, arbitrary: fc.record({ does: fc.constantFrom('leave', 'lapse', 'buy'), who }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('pass-on' as const) }) },
  ),
  { minLength: 8, maxLength: 16 },
)

interface Place {
  readonly grade: Grade | null
  readonly seats_wanted: number
  readonly who: number
  status: EntryAnswer['status']
  seats: ReturnedSeat[]
}

/** What shall happen, in the plainest words: one line in the order of joining, seats that came back in the order of coming. */
function createModel() {
  const line: Place[] = []
  const returned: ReturnedSeat[] = []
  const free: string[] = []
  const liveOf = (person: number) =>
    line.find((place) => place.who === person && (place.status === 'WAITING' || place.status === 'OFFERED'))
  return {
    line,
    free,
    liveOf,
    join: (place: Pick<Place, 'who' | 'grade' | 'seats_wanted'>) =>
      void line.push({ ...place, status: 'WAITING', seats: [] }),
    comeBack: (seats: readonly ReturnedSeat[]) => void returned.push(...seats),
    end: (place: Place, status: Place['status']) => {
      if (place.status === 'OFFERED' && status !== 'TAKEN') returned.push(...place.seats)
      place.status = status
    },
    passOn: () => {
      for (;;) {
        const next = line.find((place) => place.status === 'WAITING' && chooseReturned(returned, place) !== null)
        if (!next) break
        next.seats = chooseReturned(returned, next) ?? []
        next.status = 'OFFERED'
        for (const seat of next.seats) returned.splice(returned.indexOf(seat), 1)
      }
      free.push(...returned.splice(0).map((seat) => seat.seat_id))
    },
  }
}

/** Takes the steps in the service and in the model, with two replicas passing seats on, and compares what everybody has. */
async function takeSteps(all: readonly Step[]): Promise<void> {
  const { schedule, scheduleId, ticket } = await list.soldOut(sold)
  const model = createModel()
  const userIds = Array.from({ length: people }, () => uuidv7())
  const places: { userId: string; entryId: string; scheduleId: string }[] = []
  const givenBack = new Set<number>()
  const passOn = async () => {
    await Promise.all([list.passOn(scheduleId), list.passOn(scheduleId)])
    // One of the two may have given way to the other one's last step.
    await list.passOn(scheduleId)
    model.passOn()
  }
  const compare = async () => {
    for (const [index, place] of places.entries()) {
      const { status, offer } = await list.placeOf(place)
      const expected = model.line[index]
      expect([index, status]).toEqual([index, expected?.status])
      const offered = status === 'OFFERED' ? expected?.seats.map((seat) => seat.seat_id) : undefined
      expect(offer?.seats.map((seat) => seat.seatId).toSorted()).toEqual(offered?.toSorted())
    }
    expect((await list.freeIn(schedule)).toSorted()).toEqual(model.free.toSorted())
  }
  const take = async (step: Step): Promise<unknown> => {
    if (step.does === 'pass-on') return passOn()
    if (step.does === 'give-back') {
      if (givenBack.has(step.ticket)) return
      givenBack.add(step.ticket)
      const { seatIds, reservationId } = ticket(step.ticket)
      await list.giveBack(ticket(step.ticket))
      const grade = sold[step.ticket]?.grade ?? 'S'
      return model.comeBack(seatIds.map((seat_id) => ({ id: seat_id, seat_id, grade, sold_as: reservationId })))
    }
    const live = model.liveOf(step.who)
    const userId = userIds[step.who] ?? ''
    if (step.does === 'join') {
      if (live) return
      const { grade, count } = step
      // The catalogue says sold out for good: nobody buys here what has been released.
      places.push(await list.waiting(scheduleId, { grade, count }, userId))
      return model.join({ who: step.who, grade, seats_wanted: count })
    }
    const place = live && places[model.line.indexOf(live)]
    if (!place) return
    if (step.does === 'leave') {
      await list.leave(place)
      return model.end(live, 'LEFT')
    }
    if (live.status !== 'OFFERED') return
    if (step.does === 'buy') await list.buy(place)
    else await list.lapse((await list.offerOf(place)).reservationId)
    return model.end(live, step.does === 'buy' ? 'TAKEN' : 'EXPIRED')
  }
  for (const step of all) await take(step)
  await passOn()
  await compare()
}

test('joins, leaves, returns, lapses and purchases in any order: everybody has what one line served in order gives', async () => {
  await fc.assert(fc.asyncProperty(steps, takeSteps), { numRuns: 25 })
}, 120_000)
