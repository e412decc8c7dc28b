import { tokenKey } from '@ticket-queue/lua/queue'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { asPerson, type Buyer, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'

const { app, redis, neighbours, scene, admitOne, hold, held, traces } = await testReservationService()
const hourMs = 3_600_000
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString()
const nothing = { reservations: [], seats: [], events: [], locks: {} }
const withToken = (buyer: Buyer, token: string | null): Buyer => ({
  ...buyer,
  headers: token === null ? asPerson(buyer.userId) : { ...buyer.headers, 'x-queue-token': token },
})

/** Expects the refusal and that the schedule is as untouched as before. */
async function refused(buyer: Buyer, seatIds: readonly string[], expected: string) {
  const before = await traces(buyer.scheduleId)
  const response = await hold(buyer, seatIds)
  expect(outcome(response)).toBe(expected)
  expect(response.headers['content-type']).toContain('application/problem+json')
  expect(await traces(buyer.scheduleId)).toEqual(before)
  return response.json<{ seatIds?: string[]; reservationId?: string; errors?: unknown[] }>()
}

test('nobody holds seats without the gateway’s word for who they are', async () => {
  const { buyer, seatIds } = await scene()
  const { 'x-service-api-key': _, ...forged } = buyer.headers
  await refused({ ...buyer, headers: forged }, seatIds, '401 UNAUTHENTICATED')
})

test('a queue token is needed, must be one of ours and must be alive', async () => {
  const { buyer, seatIds } = await scene()
  await refused(withToken(buyer, null), seatIds, '401 QUEUE_TOKEN_MISSING')
  for (const wrong of ['qr_short', 'x'.repeat(46), `qr_${'!'.repeat(43)}`, `${buyer.token}a`])
    await refused(withToken(buyer, wrong), seatIds, '401 QUEUE_TOKEN_INVALID')
  await refused(withToken(buyer, `qr_${'A'.repeat(43)}`), seatIds, '401 QUEUE_TOKEN_EXPIRED')
  await redis.client.pexpire(tokenKey(buyer.token), 0)
  await refused(buyer, seatIds, '401 QUEUE_TOKEN_EXPIRED')
})

test('a queue token of another person, another schedule or for payment does not help', async () => {
  const { schedule, buyer, seatIds, seatId } = await scene()
  const elsewhere = await scene()
  const thief = await admitOne(schedule)
  await refused(withToken(thief, buyer.token), seatIds, '403 QUEUE_TOKEN_MISMATCH')
  await refused({ ...elsewhere.buyer, scheduleId: buyer.scheduleId }, seatIds, '403 QUEUE_TOKEN_MISMATCH')
  const { paymentToken } = await held(buyer, [seatId])
  await refused(withToken(buyer, paymentToken), seatIds, '403 QUEUE_TOKEN_MISMATCH')
  expect(await traces(elsewhere.scheduleId)).toEqual(nothing)
})

test('a schedule the event service does not know is not found', async () => {
  const { buyer, seatIds, schedule } = await scene()
  const unknown = { ...schedule, facts: { ...schedule.facts, scheduleId: uuidv7() } }
  await refused(await admitOne(unknown), seatIds, '404 SCHEDULE_NOT_FOUND')
  expect(await traces(buyer.scheduleId)).toEqual(nothing)
})

test('seats of another schedule or of none are named, and the good ones with them are not held', async () => {
  const { buyer, seatIds } = await scene()
  const foreign = (await scene()).seatId
  const invented = uuidv7()
  const problem = await refused(buyer, [...seatIds.slice(0, 2), foreign, invented], '400 SEAT_UNKNOWN')
  expect(problem.seatIds).toEqual([foreign, invented])
})

test('no seats, a seat named twice, 10,000 seats and what is no seat ID are no valid request', async () => {
  const { buyer, seatId } = await scene()
  const many = Array.from({ length: 10_000 }, () => uuidv7())
  for (const seatIds of [[], [seatId, seatId], many, ['A-1'], [seatId, 'A-1']]) {
    const problem = await refused(buyer, seatIds, '400 VALIDATION_FAILED')
    expect(problem.errors).not.toEqual([])
  }
  const bodies = [{}, { scheduleId: 'x', seatIds: [seatId] }, { scheduleId: buyer.scheduleId, seatIds: seatId }, []]
  for (const payload of bodies) {
    const response = await app.inject({ method: 'POST', url: '/reservations/hold', headers: buyer.headers, payload })
    expect(outcome(response)).toBe('400 VALIDATION_FAILED')
  }
  expect(await traces(buyer.scheduleId)).toEqual(nothing)
})

test('five seats are one too many', async () => {
  const { buyer, seatIds } = await scene(5)
  await refused(buyer, seatIds, '409 SEAT_LIMIT_EXCEEDED')
})

test('who holds seats of a schedule already is told which reservation, and gets no second one', async () => {
  const { schedule, buyer, seatIds } = await scene(8)
  const other = await admitOne(schedule)
  const mine = await held(buyer, seatIds.slice(0, 2))
  await held(other, seatIds.slice(4, 6))
  for (const wanted of [seatIds.slice(0, 1), seatIds.slice(1, 3), seatIds.slice(2, 4), seatIds.slice(3, 5)]) {
    const problem = await refused(buyer, wanted, '409 HOLD_EXISTS')
    expect(problem).toMatchObject({ reservationId: mine.reservationId, holdExpiresAt: mine.holdExpiresAt })
  }
})

test('seats somebody else has are named, and the free ones with them stay free', async () => {
  const { schedule, buyer, seatIds } = await scene(4)
  await held(await admitOne(schedule), seatIds.slice(1, 3))
  const problem = await refused(buyer, seatIds, '409 SEAT_TAKEN')
  expect(problem.seatIds?.toSorted()).toEqual(seatIds.slice(1, 3).toSorted())
  await held(buyer, [seatIds[0] ?? '', seatIds[3] ?? ''])
})

test('before and after its sale window, and once cancelled, a schedule sells nothing', async () => {
  const closed = [
    { saleStartAt: fromNow(hourMs) },
    { saleStartAt: fromNow(-2 * hourMs), saleEndAt: fromNow(-hourMs) },
    { status: 'CANCELLED' as const },
    { eventStatus: 'CANCELLED' as const },
    { eventStatus: 'PREPARING' as const },
  ]
  for (const facts of closed) {
    const { buyer, seatIds } = await scene(2, facts)
    await refused(buyer, seatIds, '409 SALE_NOT_OPEN')
  }
})

test('the sale window is judged by our own clock, not by what the event service said of it', async () => {
  const open = await scene(2, { saleOpen: false })
  await held(open.buyer, open.seatIds)
  const closed = await scene(2, { saleOpen: true, saleStartAt: fromNow(hourMs) })
  await refused(closed.buyer, closed.seatIds, '409 SALE_NOT_OPEN')
})

test('a hold made in time is given back to its owner also after the sale has ended', async () => {
  const { buyer, seatIds, schedule } = await scene(2)
  const first = await held(buyer, seatIds)
  const ended = neighbours.addSchedule(2, { ...schedule.facts, saleEndAt: fromNow(-hourMs) })
  expect(ended.facts.scheduleId).toBe(schedule.facts.scheduleId)
  expect((await held(buyer, seatIds)).reservationId).toBe(first.reservationId)
})
