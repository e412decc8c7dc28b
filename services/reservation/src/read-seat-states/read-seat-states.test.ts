import { tokenKey } from '@ticket-queue/lua/queue'
import { heldSeatsKey } from '@ticket-queue/lua/seat'
import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { bitsOf } from '../domain/seat-bits.ts'
import { asPerson, type Buyer, outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { seatStatesSchema } from './read-seat-states.route.ts'

const { app, redis, neighbours, scene, admit, admitOne, held, release, makeOverdue } = await testReservationService()

interface States {
  scheduleId: string
  version: string
  seats: { total: number; available: number; sold: number; hold: number }
  sold: string[] | string
  hold: string[] | string
}

const look = (buyer: Buyer, query = '', headers: Record<string, string> = {}) =>
  app.inject({
    method: 'GET',
    url: `/reservations/seats/${buyer.scheduleId}${query}`,
    headers: { ...buyer.headers, ...headers },
  })
const states = async (buyer: Buyer, query = ''): Promise<States> => {
  const response = await look(buyer, query)
  expect(outcome(response)).toBe('200')
  expect(response.headers['content-type']).toContain('application/json')
  return seatStatesSchema.parse(response.json()) as States
}

test('seats are SOLD as the event service says, HOLD as Redis says, and the rest AVAILABLE', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(20)
  for (const ordinal of [3, 7, 19]) schedule.sold.add(ordinal)
  const [other] = await admit(schedule, 1)
  if (!other) return
  await held(buyer, [seatIds[0] ?? '', seatIds[9] ?? ''])
  await held(other, [seatIds[10] ?? ''])
  const seen = await states(buyer)
  expect(seen).toEqual({
    scheduleId,
    version: seen.version,
    whole: true,
    isOld: false,
    seats: { total: 20, available: 14, sold: 3, hold: 3 },
    sold: [3, 7, 19].map((ordinal) => seatIds[ordinal]),
    hold: [0, 9, 10].map((ordinal) => seatIds[ordinal]),
  })
})

test('a seat that is sold and still held counts as sold, once', async () => {
  const { schedule, buyer, seatIds } = await scene(4)
  await held(buyer, seatIds.slice(0, 2))
  schedule.sold.add(0)
  expect(await states(buyer)).toMatchObject({
    seats: { total: 4, available: 2, sold: 1, hold: 1 },
    sold: seatIds.slice(0, 1),
    hold: seatIds.slice(1, 2),
  })
})

test('the bitmap says the same as the list, bit n for ordinal n', async () => {
  const { schedule, buyer, seatIds } = await scene(21)
  for (const ordinal of [0, 8, 20]) schedule.sold.add(ordinal)
  await held(buyer, [seatIds[7] ?? '', seatIds[15] ?? ''])
  const [list, bitmap] = [await states(buyer), await states(buyer, '?format=bitmap')]
  const bits = (ids: string[] | string) => {
    const ordinals = [...ids].map((id) => seatIds.indexOf(id))
    return Buffer.from(bitsOf(ordinals, 21)).toString('base64')
  }
  expect(bitmap).toEqual({ ...list, sold: bits(list.sold), hold: bits(list.hold) })
  expect(Buffer.from(String(bitmap.sold), 'base64')).toEqual(Buffer.from([0b1, 0b1, 0b10000]))
  expect(outcome(await look(buyer, '?format=picture'))).toBe('400 VALIDATION_FAILED')
})

test('the list of a large hall comes in pages, each about so many ordinals, which are the whole list together', async () => {
  const { schedule, buyer, seatIds } = await scene(10_001)
  const soldOrdinals = [0, 4_999, 5_000, 9_999, 10_000]
  for (const ordinal of soldOrdinals) schedule.sold.add(ordinal)
  await held(buyer, [seatIds[5_001] ?? ''])
  const whole = await states(buyer)
  const pages = await Promise.all([0, 1, 2, 3].map((page) => states(buyer, `?page=${page}`)))
  expect(pages[1]).toEqual({
    ...whole,
    page: 1,
    pages: 3,
    sold: [seatIds[5_000], seatIds[9_999]],
    hold: [seatIds[5_001]],
  })
  expect(pages.flatMap(({ sold }) => [...sold])).toEqual(soldOrdinals.map((ordinal) => seatIds[ordinal]))
  expect(pages.flatMap(({ hold }) => [...hold])).toEqual(whole.hold)
  const tags = await Promise.all(
    ['', '?page=0', '?page=1'].map(async (query) => (await look(buyer, query)).headers['etag']),
  )
  expect(new Set(tags).size).toBe(3)
  for (const query of ['?page=0&format=bitmap', `?page=0&since=${whole.version}`, '?page=-1', '?page=101'])
    expect(outcome(await look(buyer, query))).toBe('400 VALIDATION_FAILED')
})

test('a change shows within a second; until then 304 tells that there is none', async () => {
  const { schedule, buyer, seatIds } = await scene(4)
  const first = await look(buyer)
  const etag = String(first.headers['etag'])
  expect(first.headers['cache-control']).toBe('private, no-cache')
  for (const known of [etag, etag.replace('W/', ''), `"other", ${etag}`, '*']) {
    const unchanged = await look(buyer, '', { 'if-none-match': known })
    expect([unchanged.statusCode, unchanged.body]).toEqual([304, ''])
    expect(unchanged.headers['etag']).toBe(etag)
  }
  expect((await look(buyer, '?format=bitmap', { 'if-none-match': etag })).statusCode).toBe(200)
  expect((await look(buyer, '', { 'if-none-match': '"other"' })).statusCode).toBe(200)

  const mine = await held(buyer, seatIds)
  const shown = async (hold: number, sold: number) => {
    const response = await waitUntil(
      async () => {
        const answer = await look(buyer, '', { 'if-none-match': etag })
        expect(answer.json<States>().seats).toEqual({ total: 4, available: 4 - hold - sold, hold, sold })
        return answer
      },
      { timeoutMs: 1_000 },
    )
    return String(response.headers['etag'])
  }
  const tags = [etag, await shown(4, 0)]
  schedule.sold.add(0)
  tags.push(await shown(3, 1))
  expect(new Set(tags).size).toBe(3)
  await release(buyer, mine.reservationId)
  schedule.sold.clear()
  await waitUntil(async () => (await look(buyer, '', { 'if-none-match': etag })).statusCode === 304, {
    timeoutMs: 1_000,
  })
})

test('a hold whose time is over in Redis is not shown, although nobody has swept it', async () => {
  const { buyer, seatIds, scheduleId } = await scene(4)
  const mine = await held(buyer, seatIds.slice(0, 1))
  await makeOverdue(mine.reservationId)
  await redis.client.sadd(heldSeatsKey(scheduleId), seatIds[1] ?? '', uuidv7())
  expect((await states(buyer)).hold).toEqual(seatIds.slice(0, 1))
})

test('the turn must be this person’s, of this schedule, and still alive', async () => {
  const { schedule, buyer, seatId } = await scene()
  const elsewhere = await scene()
  const { paymentToken } = await held(buyer, [seatId])
  const with_ = (headers: Record<string, string>) => look({ ...buyer, headers })
  expect(outcome(await with_({}))).toBe('401 UNAUTHENTICATED')
  expect(outcome(await with_(asPerson(buyer.userId)))).toBe('401 QUEUE_TOKEN_MISSING')
  expect(outcome(await look(buyer, '', { 'x-queue-token': 'qr_x' }))).toBe('401 QUEUE_TOKEN_INVALID')
  expect(outcome(await look(buyer, '', { 'x-queue-token': paymentToken }))).toBe('403 QUEUE_TOKEN_MISMATCH')
  expect(outcome(await look(buyer, '', { 'x-queue-token': elsewhere.buyer.token }))).toBe('403 QUEUE_TOKEN_MISMATCH')
  expect(outcome(await with_(elsewhere.buyer.headers))).toBe('403 QUEUE_TOKEN_MISMATCH')
  const thief = await admitOne(schedule)
  expect(outcome(await look(thief, '', { 'x-queue-token': buyer.token }))).toBe('403 QUEUE_TOKEN_MISMATCH')
  await redis.client.pexpire(tokenKey(buyer.token), 0)
  expect(outcome(await look(buyer))).toBe('401 QUEUE_TOKEN_EXPIRED')
})

test('an unknown schedule is not found, and what is no ID is no valid request', async () => {
  const { schedule, buyer } = await scene()
  const unknown = await admitOne({ ...schedule, facts: { ...schedule.facts, scheduleId: uuidv7() } })
  expect(outcome(await look(unknown))).toBe('404 SCHEDULE_NOT_FOUND')
  expect(outcome(await look({ ...buyer, scheduleId: 'x' }))).toBe('400 VALIDATION_FAILED')
})

test('a hundred people who look at once cost the event service one look', async () => {
  const { schedule, scheduleId } = await scene(500)
  const buyers = await admit(schedule, 100)
  const before = neighbours.asked.length
  const seen = await Promise.all(buyers.map((buyer) => states(buyer, '?format=bitmap')))
  expect(new Set(seen.map((one) => one.version)).size).toBe(1)
  const asked = neighbours.asked.slice(before).filter((one) => one.includes(`/status/${scheduleId}`))
  expect(asked.length).toBeLessThanOrEqual(3)
})

test('the bitmap of a hall of 15,000 seats is at most 6 KB', async () => {
  const { schedule, buyer, seatIds } = await scene(15_000)
  for (let ordinal = 0; ordinal < 15_000; ordinal += 3) schedule.sold.add(ordinal)
  await held(buyer, seatIds.slice(1, 3))
  const response = await look(buyer, '?format=bitmap')
  expect(response.json<States>().seats).toEqual({ total: 15_000, available: 9_998, sold: 5_000, hold: 2 })
  expect(response.body.length).toBeLessThan(6_000)
})
