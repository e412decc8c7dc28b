import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { eventCancelled, testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService({ WAITING_LIST_MAX: '3' })
const { app, db, neighbours, scene, deliver } = service
const { soldOut, join, waiting, leave, placeOf } = waitingListOf(service)
const entriesOf = (scheduleId: string) =>
  db.selectFrom('waiting_list_entries').selectAll().where('schedule_id', '=', scheduleId).orderBy('position').execute()

test('who joins a sold-out schedule has a place, for a grade or any, and a rank among those who want the same', async () => {
  const { scheduleId, eventId, eventTitle } = await soldOut([{ grade: 'VIP' }, { grade: 'S' }])
  const any = await waiting(scheduleId)
  expect(any).toMatchObject({ scheduleId, eventId, eventTitle, grade: null, count: 1, status: 'WAITING', rank: 1 })
  expect(any.offer).toBeNull()
  const vip = await waiting(scheduleId, { grade: 'VIP', count: 2 })
  expect(vip).toMatchObject({ grade: 'VIP', count: 2, rank: 2 })
  const other = await waiting(scheduleId, { grade: 'S', count: 4 })
  expect(other.rank).toBe(2)
  await leave(any)
  expect([(await placeOf(vip)).rank, (await placeOf(other)).rank, (await placeOf(any)).rank]).toEqual([1, 1, null])
})

test('the same wish again is the same place; another one is refused with it', async () => {
  const { scheduleId } = await soldOut()
  const userId = uuidv7()
  const both = await Promise.all([join(userId, scheduleId), join(userId, scheduleId)])
  expect(both.map(outcome)).toEqual(['201', '201'])
  expect(both[0]?.json()).toEqual(both[1]?.json())
  const { entryId } = both[0]?.json<{ entryId: string }>() ?? {}
  const refused = await join(userId, scheduleId, { count: 2 })
  expect([outcome(refused), refused.json<{ entryId: string }>().entryId]).toEqual(['409 ALREADY_WAITING', entryId])
  expect(await entriesOf(scheduleId)).toHaveLength(1)
})

test('who has left may come again, behind those who came meanwhile', async () => {
  const { scheduleId } = await soldOut()
  const first = await waiting(scheduleId)
  await waiting(scheduleId)
  await leave(first)
  const again = await waiting(scheduleId, {}, first.userId)
  expect(again.entryId).not.toBe(first.entryId)
  expect(again.rank).toBe(2)
})

test('while there is a seat that fits the wish, nobody waits for one', async () => {
  const { schedule, scheduleId } = await soldOut([{ grade: 'VIP' }, { grade: 'S' }])
  schedule.sold.delete(4)
  const refused = await join(uuidv7(), scheduleId, { grade: 'S' })
  expect([outcome(refused), refused.json<{ seatsLeft: number }>().seatsLeft]).toEqual(['409 NOT_SOLD_OUT', 1])
  expect(outcome(await join(uuidv7(), scheduleId))).toBe('409 NOT_SOLD_OUT')
  expect(outcome(await join(uuidv7(), scheduleId, { grade: 'VIP' }))).toBe('201')
})

test('a place for a wheelchair that is left, and the one beside it, keep nobody from waiting where there are other seats', async () => {
  const { schedule, scheduleId } = await soldOut([{ grade: 'VIP' }, { grade: 'S' }])
  schedule.seats = schedule.seats.map((seat) => ({
    ...seat,
    accessible: seat.grade === 'VIP' || seat.ordinal === 4,
    companionOf: seat.ordinal === 5 ? 4 : null,
  }))
  for (const ordinal of [0, 4, 5]) schedule.sold.delete(ordinal)
  expect(outcome(await join(uuidv7(), scheduleId))).toBe('201')
  expect(outcome(await join(uuidv7(), scheduleId, { grade: 'S' }))).toBe('201')
  expect(outcome(await join(uuidv7(), scheduleId, { grade: 'VIP' }))).toBe('409 NOT_SOLD_OUT')
  schedule.sold.add(4)
  await waitUntil(async () => expect(outcome(await join(uuidv7(), scheduleId))).toBe('409 NOT_SOLD_OUT'))
})

test.each([
  ['an event without a list', { release: { policy: 'BATCHED' as const, at: '02:10' } }, {}, '409 NO_WAITING_LIST'],
  ['before the sale', {}, { saleStartAt: '2100-01-01T00:00:00Z' }, '409 SALE_NOT_OPEN'],
  ['after the sale', {}, { saleEndAt: '2020-01-01T00:00:00Z' }, '409 SALE_NOT_OPEN'],
  ['a cancelled schedule', {}, { status: 'CANCELLED' as const }, '409 SALE_NOT_OPEN'],
  ['an event in preparation', {}, { eventStatus: 'PREPARING' as const }, '409 SALE_NOT_OPEN'],
])('refused and nothing written: %s', async (_what, rules, facts, refusal) => {
  const { scheduleId, schedule } = await soldOut([{}], facts)
  schedule.facts = { ...schedule.facts, rules: { ...schedule.facts.rules, ...rules } }
  expect(outcome(await join(uuidv7(), scheduleId))).toBe(refusal)
  expect(await entriesOf(scheduleId)).toEqual([])
  expect(neighbours.asked).not.toContain(`GET /internal/schedules/${scheduleId}/seats`)
})

test('a show that has been called off is waited for no more, before the event service’s answers say so', async () => {
  const { scheduleId, eventId } = await soldOut()
  await deliver(eventCancelled({ scheduleId, eventId }))
  expect(outcome(await join(uuidv7(), scheduleId))).toBe('409 SALE_NOT_OPEN')
})

test('what one person may have of the event counts tickets, and a wish beyond it is refused', async () => {
  const { schedule, scheduleId, ticket } = await soldOut([{ seats: 2 }])
  schedule.facts = { ...schedule.facts, rules: { ...schedule.facts.rules, perPersonMax: 3 } }
  const owner = ticket(0).userId
  const refused = await join(owner, scheduleId, { count: 2 })
  expect([outcome(refused), refused.json()]).toEqual([
    '409 PERSON_LIMIT_EXCEEDED',
    expect.objectContaining({ limit: 3, held: 2 }),
  ])
  expect(outcome(await join(owner, scheduleId, { count: 1 }))).toBe('201')
  expect(outcome(await join(uuidv7(), scheduleId, { count: 4 }))).toBe('409 PERSON_LIMIT_EXCEEDED')
})

test('a list has an end; who leaves makes room', async () => {
  const { scheduleId } = await soldOut()
  const [first] = [await waiting(scheduleId), await waiting(scheduleId), await waiting(scheduleId)]
  expect(outcome(await join(uuidv7(), scheduleId))).toBe('409 WAITING_LIST_FULL')
  await leave(first)
  expect(outcome(await join(uuidv7(), scheduleId))).toBe('201')
})

test('bad input gets its code and writes nothing', async () => {
  const { scheduleId } = await soldOut([{ grade: 'S' }])
  const [userId, before] = [uuidv7(), await entriesOf(scheduleId)]
  for (const wish of [{ count: 0 }, { count: 5 }, { count: 10_000 }, { count: 1.5 }, { grade: 'C' as 'S' }])
    expect(outcome(await join(userId, scheduleId, wish)), JSON.stringify(wish)).toBe('400 VALIDATION_FAILED')
  expect(outcome(await join(userId, 'no-id'))).toBe('400 VALIDATION_FAILED')
  expect(outcome(await join(userId, uuidv7()))).toBe('404 SCHEDULE_NOT_FOUND')
  expect(outcome(await join(userId, scheduleId, { grade: 'VIP' }))).toBe('400 GRADE_UNKNOWN')
  const nobody = { method: 'POST', url: '/reservations/waiting-list', payload: { scheduleId } } as const
  expect(outcome(await app.inject(nobody))).toBe('401 UNAUTHENTICATED')
  expect(await entriesOf(scheduleId)).toEqual(before)
})

test('without the event service nobody joins, and the answer says: later', async () => {
  const { scheduleId } = await scene(1)
  neighbours.misbehave('error')
  try {
    const answer = await join(uuidv7(), uuidv7())
    expect([outcome(answer), answer.headers['retry-after']]).toEqual(['503 SERVICE_UNAVAILABLE', '1'])
  } finally {
    neighbours.misbehave(null)
  }
  expect(await entriesOf(scheduleId)).toEqual([])
})
