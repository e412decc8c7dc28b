import { randomUUID } from 'node:crypto'
import {
  admitBatch,
  enterQueue,
  logKey,
  noteBuyer,
  readClosed,
  readSeats,
  seatsKey,
  tellSeats,
  watchedSeatsKey,
} from '@ticket-queue/lua/queue'
import { holdSeats } from '@ticket-queue/lua/seat'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { lookAtSeats } from './look-at-seats.ts'

const redis = testRedis()
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis, { pollsPerMinute: 10_000 })
})
afterAll(() => service.close())

type Changes = NonNullable<Parameters<TestService['openSchedule']>[0]>

async function crowd(people: number, changes: Changes = {}) {
  const scheduleId = service.openSchedule(changes)
  const users = Array.from({ length: people }, () => randomUUID())
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  return { scheduleId, users, change: (next: Changes) => service.openSchedule({ ...changes, ...next, scheduleId }) }
}
const look = (scheduleId: string) => lookAtSeats(service.seats, scheduleId)
const status = async (scheduleId: string, userId = '') =>
  (await service.as(userId)('GET', `/queue/status?scheduleId=${scheduleId}`)).json()
const enter = (scheduleId: string, userId: string = randomUUID()) =>
  service.as(userId)('POST', '/queue/enter', { scheduleId })
const told = <T>(ask: () => Promise<{ seatsLeft: number | null } & T>) =>
  waitUntil(
    async () => {
      const answer = await ask()
      return answer.seatsLeft !== null && answer
    },
    { intervalMs: 200 },
  )
const closings = async (scheduleId: string) =>
  (await redis.client.xrange(logKey(scheduleId), '-', '+')).filter(([, fields]) => fields.includes('closed')).length

describe('seats left', () => {
  test('are unknown before the first look, then those neither sold nor held, with an outlook for each place', async () => {
    const { scheduleId, users } = await crowd(60, { seatsTotal: 130, seatsSold: 20 })
    const [first, last] = [users[0], users.at(-1)]
    expect(await status(scheduleId, first)).toMatchObject({ seatsLeft: null, outlook: null, seatsAreOld: false })
    const hold = { scheduleId, reservationId: randomUUID(), seatIds: [randomUUID(), randomUUID()] }
    await holdSeats(redis, hold)
    await look(scheduleId)
    expect(await told(() => status(scheduleId, first))).toMatchObject({ seatsLeft: 108, outlook: 'likely' })
    expect(await status(scheduleId, last)).toMatchObject({ seatsLeft: 108, outlook: 'unsure', seatsAreOld: false })
    expect((await enter(scheduleId)).json()).toMatchObject({ rank: 61, seatsLeft: 108, outlook: 'unsure' })
  })

  test('stay open to all while the rest is only held, but nobody may hope', async () => {
    const { scheduleId, users } = await crowd(1, { seatsTotal: 10, seatsSold: 8 })
    const seatIds = [randomUUID(), randomUUID()]
    await holdSeats(redis, { scheduleId, reservationId: randomUUID(), seatIds })
    await look(scheduleId)
    expect(await told(() => status(scheduleId, users[0]))).toMatchObject({
      status: 'WAITING',
      seatsLeft: 0,
      outlook: 'unlikely',
    })
    expect((await enter(scheduleId)).statusCode).toBe(200)
  })

  test('are weighed with what buyers have taken, and with people inside who still choose', async () => {
    const { scheduleId } = await crowd(12, { seatsTotal: 100, seatsSold: 0 })
    await admitBatch(redis, scheduleId)
    await look(scheduleId)
    expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsPerPerson: 2, choosing: 10 })
    for (let buyer = 0; buyer < 90; buyer += 1) {
      await noteBuyer(redis, scheduleId, { reservationId: randomUUID(), seats: 4 })
    }
    await look(scheduleId)
    expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsPerPerson: 3.8 })
  })
})

describe('sold out', () => {
  test('closes the queue for those who wait and refuses new ones; seats that come back give everybody the place held', async () => {
    const { scheduleId, users, change } = await crowd(3, { seatsTotal: 10, seatsSold: 9 })
    const [first = '', second = '', third = ''] = users
    await look(scheduleId)
    change({ seatsSold: 10 })
    await look(scheduleId)
    expect(await status(scheduleId, second)).toMatchObject({ status: 'CLOSED', closedReason: 'SOLD_OUT' })
    const refused = await enter(scheduleId)
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'SOLD_OUT'])
    expect((await admitBatch(redis, scheduleId)).admitted).toEqual([])

    change({ seatsSold: 9 })
    await look(scheduleId)
    const back = await Promise.all([first, second, third].map((userId) => status(scheduleId, userId)))
    expect(back.map(({ status: now, rank }) => [now, rank])).toEqual([
      ['WAITING', 1],
      ['WAITING', 2],
      ['WAITING', 3],
    ])
    const newcomer = await waitUntil(async () => {
      const answer = await enter(scheduleId)
      return answer.statusCode === 200 && answer.json()
    })
    expect(newcomer.rank).toBe(4)
    const { admitted } = await admitBatch(redis, scheduleId)
    expect(admitted.slice(0, 3).map(({ userId }) => userId)).toEqual(users)
  })

  test('is written down once however often it is seen', async () => {
    const { scheduleId } = await crowd(1, { seatsTotal: 10, seatsSold: 10 })
    for (let time = 0; time < 3; time += 1) await look(scheduleId)
    await Promise.all([look(scheduleId), look(scheduleId), look(scheduleId)])
    expect(await closings(scheduleId)).toBe(1)
  })
})

describe('the sale', () => {
  test.each([
    ['over', { saleOpen: false, saleEndAt: '2020-01-01T00:00:00+09:00' }, 'SALE_ENDED'],
    ['of a show that has ended', { saleOpen: false, status: 'ENDED' }, 'SALE_ENDED'],
    ['of a cancelled schedule', { saleOpen: false, status: 'CANCELLED' }, 'CANCELLED'],
    ['of a cancelled event', { saleOpen: false, eventStatus: 'CANCELLED' }, 'CANCELLED'],
  ] as const)('%s closes the queue, and is looked at rarely from then on', async (_, changes, reason) => {
    const { scheduleId, users, change } = await crowd(1)
    change(changes)
    await look(scheduleId)
    expect(await status(scheduleId, users[0])).toMatchObject({ status: 'CLOSED', closedReason: reason })
    const [seconds] = await redis.client.time()
    const due = Number(await redis.client.zscore(watchedSeatsKey, scheduleId))
    expect(due / 1_000 - Number(seconds)).toBeGreaterThan(500)
  })

  test('that has not begun closes nothing', async () => {
    const { scheduleId } = await crowd(1, { saleOpen: false, status: 'UPCOMING' })
    await look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBeNull()
  })

  test('of a schedule that is no more is cancelled', async () => {
    const scheduleId = randomUUID()
    await enterQueue(redis, { scheduleId, userId: randomUUID() })
    await look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBe('CANCELLED')
  })

  test('that goes on after all opens the queue again', async () => {
    const { scheduleId, change } = await crowd(1)
    change({ saleOpen: false, saleEndAt: '2020-01-01T00:00:00+09:00' })
    await look(scheduleId)
    change({})
    await look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBeNull()
  })
})

describe('while the event service is away', () => {
  const silent = async () => {
    const lonely = await startTestService(redis)
    await lonely.stopEventService()
    return { look: (scheduleId: string) => lookAtSeats(lonely.seats, scheduleId), close: lonely.close }
  }

  test('what was known stays, and is marked as old after a while', async () => {
    const { scheduleId, users } = await crowd(1, { seatsTotal: 50, seatsSold: 7 })
    await look(scheduleId)
    const away = await silent()
    await away.look(scheduleId)
    expect(await told(() => status(scheduleId, users[0]))).toMatchObject({ seatsLeft: 43, seatsAreOld: false })
    await redis.client.hincrby(seatsKey(scheduleId), 'atMs', -60_000)
    await away.look(scheduleId)
    await waitUntil(async () => (await status(scheduleId, users[0])).seatsAreOld, { intervalMs: 200 })
    expect(await status(scheduleId, users[0])).toMatchObject({ status: 'WAITING', seatsLeft: 43, outlook: 'likely' })
    await away.close()
  })

  test('an event that tells of the last seat closes the queue, one that tells of seats does not open it', async () => {
    const { scheduleId } = await crowd(1, { seatsTotal: 50, seatsSold: 49 })
    await look(scheduleId)
    const away = await silent()
    await tellSeats(redis, scheduleId, JSON.stringify({ status: 'ONGOING', seatsLeft: 0 }))
    await away.look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBe('SOLD_OUT')
    expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsTotal: 50, seatsSold: 50 })
    await tellSeats(redis, scheduleId, JSON.stringify({ status: 'ONGOING', seatsLeft: 2 }))
    await away.look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBe('SOLD_OUT')
    await look(scheduleId)
    expect(await readClosed(redis, scheduleId)).toBeNull()
    await away.close()
  })
})
