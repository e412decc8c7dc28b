import { expect, test } from 'vitest'
import { type Buyer, outcome } from '../test-buyers.ts'
import { hallOfRows, type TestSchedule } from '../test-neighbours.ts'
import { testReservationService } from '../test-reservation-service.ts'

const service = await testReservationService()
const { scene, admit, admitOne, hold, holdBest, held, release, change, traces, loseHolds, locks } = service

const rulesOf = (avoidOrphans: boolean) => ({
  perPersonMax: null,
  avoidOrphans,
  release: { policy: 'AT_ONCE' as const, at: null },
})
/** One row of seats; gives the seats of a choice such as `oo..`. */
const rowOf = async (places: number, avoidOrphans = true) => {
  const made = await scene(hallOfRows(1, places), { rules: rulesOf(avoidOrphans) })
  const at = (text: string) => [...text].flatMap((state, place) => (state === 'o' ? (made.seatIds[place] ?? '') : []))
  return { ...made, at }
}
const holdAs = async (schedule: TestSchedule, seatIds: readonly string[]) => held(await admitOne(schedule), seatIds)

test('a choice that leaves a single seat without need is refused with that seat, and nothing is held', async () => {
  const { scheduleId, buyer, seatIds, at } = await rowOf(6)
  const before = await traces(scheduleId)
  for (const [choice, single] of [
    ['.oo...', 0],
    ['...oo.', 5],
    ['o.o...', 1],
  ] as const) {
    const refused = await hold(buyer, at(choice))
    expect(outcome(refused)).toBe('409 LEAVES_SINGLE_SEAT')
    expect(refused.json()).toMatchObject({ seatIds: [seatIds[single]] })
  }
  expect(await traces(scheduleId)).toEqual(before)
  expect(outcome(await hold(buyer, at('..oo..')))).toBe('201')
})

test('unless the organiser does not mind, or the row has no other way', async () => {
  const careless = await rowOf(6, false)
  expect(outcome(await hold(careless.buyer, careless.at('.oo...')))).toBe('201')
  const tight = await rowOf(3)
  expect(outcome(await hold(tight.buyer, tight.at('oo.')))).toBe('201')
})

test('what is held and what is sold count as taken', async () => {
  const { schedule, buyer, at } = await rowOf(8)
  await holdAs(schedule, at('oo......'))
  schedule.sold.add(6).add(7)
  const refused = await hold(buyer, at('...oo...'))
  expect(outcome(refused)).toBe('409 LEAVES_SINGLE_SEAT')
  expect(outcome(await hold(buyer, at('..oo....')))).toBe('201')
})

test('a repeat is the same hold whatever has become of the seats beside it, also when Redis has lost the locks', async () => {
  const { schedule, buyer, at } = await rowOf(7)
  const other = await admitOne(schedule)
  const theirs = await held(other, at('oo.....'))
  const mine = await held(buyer, at('..oo...'))
  await holdAs(schedule, at('....oo.'))
  await release(other, theirs.reservationId)
  expect((await held(buyer, at('..oo...'))).reservationId).toBe(mine.reservationId)
  await loseHolds(schedule)
  expect((await held(buyer, at('..oo...'))).reservationId).toBe(mine.reservationId)
})

test('an exchange is judged by what it keeps, takes and drops', async () => {
  const { scheduleId, buyer, at, seatIds } = await rowOf(8)
  const { reservationId } = await held(buyer, at('ooo.....'))
  const before = await traces(scheduleId)
  for (const [choice, single] of [
    ['o.o.....', 1],
    ['.oo.....', 0],
    ['...oo.o.', 5],
  ] as const) {
    const refused = await change(buyer, reservationId, at(choice))
    expect(outcome(refused)).toBe('409 LEAVES_SINGLE_SEAT')
    expect(refused.json<{ seatIds: string[] }>().seatIds).toContain(seatIds[single])
  }
  expect(await traces(scheduleId)).toEqual(before)
  for (const choice of ['oo......', '..oo....', '......oo']) {
    expect(outcome(await change(buyer, reservationId, at(choice)))).toBe('200')
    expect(Object.keys(await locks(scheduleId))).toEqual(at(choice).toSorted())
  }
})

test('the best seats leave no single seat as long as there are others', async () => {
  const { schedule } = await scene(hallOfRows(3, 7), { rules: rulesOf(true) })
  const buyers = await admit(schedule, 9)
  const outcomes: string[] = []
  for (const buyer of buyers) outcomes.push(outcome(await holdBest(buyer, { count: 2 })))
  // Three twos fill a row of seven but for one seat, and the last two of each row could not lie otherwise.
  expect(outcomes).toEqual(Array.from({ length: 9 }, () => '201'))
})

test('two who choose at once never leave a single seat between them that neither would have left; without the rule they do', async () => {
  const race = async (avoidOrphans: boolean) => {
    const { schedule, at } = await rowOf(9, avoidOrphans)
    const [one, other] = (await admit(schedule, 2)) as [Buyer, Buyer]
    const responses = await Promise.all([hold(one, at('oo.......')), hold(other, at('...oo....'))])
    return responses.map(outcome).toSorted()
  }
  for (let round = 0; round < 10; round += 1) expect(await race(true)).toEqual(['201', '409 LEAVES_SINGLE_SEAT'])
  expect(await race(false)).toEqual(['201', '201'])
})

test('a crowd that would leave a single seat after every two leaves none in a row that has room for two without', async () => {
  const crowd = async (avoidOrphans: boolean) => {
    const { schedule, scheduleId } = await scene(hallOfRows(4, 20), { rules: rulesOf(avoidOrphans) })
    const buyers = await admit(schedule, 20)
    const answers = await Promise.all(
      buyers.map((buyer, index) => {
        const from = (index % 4) * 20 + Math.floor(index / 4) * 3
        return hold(
          buyer,
          schedule.seats.slice(from, from + 2).map((seat) => seat.id),
        )
      }),
    )
    const held = new Set(Object.keys(await locks(scheduleId)))
    expect(held.size).toBe(answers.filter((answer) => answer.statusCode === 201).length * 2)
    const rows = Array.from({ length: 4 }, (_, row) => schedule.seats.slice(row * 20, row * 20 + 20))
    return rows.map((seats) => runsOf(seats.map((seat) => (held.has(seat.id) ? 'x' : '.')).join('')))
  }
  // Twos only: what has no run of two or of four and more has no other way, and never gets one again.
  const isNeedless = (runs: number[]) => runs.includes(1) && runs.some((length) => length === 2 || length >= 4)
  expect((await crowd(true)).filter(isNeedless)).toEqual([])
  expect((await crowd(false)).filter(isNeedless)).not.toEqual([])
})

const runsOf = (row: string) => [...row.matchAll(/\.+/g)].map(([run]) => run.length)
