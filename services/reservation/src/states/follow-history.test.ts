import { waitUntil } from '@ticket-queue/testing'
import fc from 'fast-check'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { expireHolds } from '../expire-holds/expire-holds.ts'
import type { Buyer, HoldAnswer } from '../test-buyers.ts'
import { type SeatSource, testReplica } from '../test-replica.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'
import { createViewer, type ToldStates } from '../test-viewer.ts'

const service = await testReservationService()
const { app, neighbours, admit, held, release, makeOverdue, deliver, deps } = service
// Few states are remembered, so that histories also lead over those that are not.
const replicas = await Promise.all([
  testReplica(service, { live: { statesMax: 5 } }),
  testReplica(service, { live: { statesMax: 5 } }),
])
const seatsTotal = 10
const stepsMax = 25

/** What may happen next; numbers choose among whom and what there is. */
const step = fc.record({
  what: fc.constantFrom('hold', 'release', 'expire', 'confirm', 'cancel', 'apply', 'look', 'come-back'),
  which: fc.nat(1_000),
  replica: fc.nat(1),
})
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

interface Held {
  readonly buyer: Buyer
  readonly answer: HoldAnswer
  readonly ordinals: number[]
}

/** A sale as it should be, and as two clients see it: one polls, one follows, and both go from replica to replica. */
async function beginSale() {
  const schedule = neighbours.addSchedule(seatsTotal)
  const seatIds = schedule.seats.map((seat) => seat.id)
  const [watcher, ...buyers] = await admit(schedule, stepsMax + 1)
  if (watcher === undefined) throw new Error('nobody was admitted')
  const states = new Array<'A' | 'H' | 'S'>(seatsTotal).fill('A')
  const pending: Held[] = []
  const confirmed: Held[] = []
  const poller = createViewer(seatIds)
  const follower = createViewer(seatIds)
  let source: SeatSource | null = null
  let taken = 0

  const put = ({ ordinals }: Pick<Held, 'ordinals'>, state: 'A' | 'H' | 'S') => {
    for (const ordinal of ordinals) states[ordinal] = state
  }
  const takeOne = (from: Held[], which: number) => from.splice(which % Math.max(1, from.length), 1)[0]
  const follow = () => {
    for (; taken < (source?.events.length ?? 0); taken += 1) follower.take(source?.events[taken]?.data as ToldStates)
  }
  const look = async (replica: number) => {
    const since = poller.version()
    const query = since === undefined ? '' : `?since=${since}&format=bitmap`
    const answer = await replicas[replica]?.look(watcher, query)
    if (answer?.statusCode === 304) return
    expect(answer?.statusCode).toBe(200)
    poller.take(answer?.json() as ToldStates)
  }
  const comeBack = async (replica: number) => {
    follow()
    source?.close()
    const version = follower.version()
    source = (await replicas[replica]?.open(watcher, version === undefined ? {} : { 'last-event-id': version })) ?? null
    taken = 0
  }
  const free = (which: number) => states.flatMap((state, ordinal) => (state === 'A' ? [ordinal] : [])).slice(which % 3)

  const deeds: Record<Step['what'], (step: Step) => Promise<void>> = {
    hold: async ({ which }) => {
      const ordinals = free(which).slice(0, 1 + (which % 4))
      const buyer = buyers.pop()
      if (ordinals.length === 0 || buyer === undefined) return
      const answer = await held(
        buyer,
        ordinals.map((ordinal) => seatIds[ordinal] ?? ''),
      )
      pending.push({ buyer, answer, ordinals })
      put({ ordinals }, 'H')
    },
    release: async ({ which }) => {
      const one = takeOne(pending, which)
      if (one === undefined) return
      await release(one.buyer, one.answer.reservationId)
      put(one, 'A')
    },
    expire: async ({ which }) => {
      const one = takeOne(pending, which)
      if (one === undefined) return
      await makeOverdue(one.answer.reservationId)
      while ((await expireHolds(deps)) > 0);
      put(one, 'A')
    },
    confirm: async ({ which }) => {
      const one = takeOne(pending, which)
      if (one === undefined) return
      await deliver(paymentSuccess(one.buyer, one.answer, uuidv7()))
      confirmed.push(one)
      put(one, 'S')
    },
    cancel: async ({ which }) => {
      const one = takeOne(confirmed, which)
      if (one === undefined) return
      const url = `/reservations/${one.answer.reservationId}`
      const { statusCode } = await app.inject({ method: 'DELETE', url, headers: one.buyer.headers })
      expect(statusCode).toBe(200)
      put(one, 'A')
    },
    // What the event service has heard through Kafka by now: at any time later than the sales themselves.
    apply: async () => {
      schedule.sold.clear()
      for (const [ordinal, state] of states.entries()) if (state === 'S') schedule.sold.add(ordinal)
    },
    look: ({ replica }) => look(replica),
    'come-back': ({ replica }) => comeBack(replica),
  }
  return {
    take: (one: Step) => deeds[one.what](one),
    /** Both clients come to see what is so, through either replica. */
    settle: async () => {
      if (source === null) await comeBack(0)
      for (const replica of [0, 1]) {
        await waitUntil(async () => {
          await look(replica)
          follow()
          expect([poller.seats(), follower.seats()]).toEqual([states.join(''), states.join('')])
        })
      }
    },
    deltas: () => poller.deltas() + follower.deltas(),
    end: () => source?.close(),
  }
}

test('whatever happens in a sale, deltas one after the other are the whole state, over reconnects and replicas', async () => {
  let deltas = 0
  const history = fc.array(step, { minLength: 10, maxLength: stepsMax })
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      const sale = await beginSale()
      try {
        for (const one of steps) await sale.take(one)
        await sale.settle()
        deltas += sale.deltas()
      } finally {
        sale.end()
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
  expect(deltas).toBeGreaterThan(12)
}, 60_000)
