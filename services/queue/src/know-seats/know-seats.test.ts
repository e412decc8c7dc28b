import { randomUUID } from 'node:crypto'
import {
  type EventCancelled,
  type ReservationConfirmed,
  type ScheduleUpdated,
  topics,
} from '@ticket-queue/contracts/events'
import {
  enterQueue,
  logKey,
  readBuyers,
  readClosed,
  readSeats,
  schedulesKey,
  watchedSeatsKey,
} from '@ticket-queue/lua/queue'
import { newEvent } from '@ticket-queue/messaging'
import { testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { buyersGroup, eventGroup } from './know-seats.consumer.ts'
import { knowSeatsJob } from './know-seats.job.ts'
import { knowSeats } from './know-seats.ts'

const redis = testRedis()
const { messaging } = await testMessaging()
const never = new AbortController().signal
const jobs: { close(): Promise<void> }[] = []
let service: TestService

beforeAll(async () => {
  service = await startTestService(redis)
  const consumers = [
    await messaging.consumeRepeatably(eventGroup({ redis })),
    await messaging.consumeRepeatably(buyersGroup({ redis })),
  ]
  await waitUntil(() => consumers.every((consumer) => consumer.ready()), { timeoutMs: 25_000 })
})
beforeEach(() => redis.client.del(schedulesKey, watchedSeatsKey))
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.close()
})
afterAll(() => service.close())

type Changes = NonNullable<Parameters<TestService['openSchedule']>[0]>

async function oneWaiting(changes: Changes = {}) {
  const scheduleId = service.openSchedule(changes)
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  return scheduleId
}
const publish = async (event: ScheduleUpdated | EventCancelled | ReservationConfirmed, key: string) =>
  messaging.publishBatch(event.eventType === 'ReservationConfirmed' ? topics.reservation : topics.event, [
    { key, value: JSON.stringify(event), headers: { eventId: event.eventId } },
  ])
const updated = (scheduleId: string, seatsLeft: number) =>
  newEvent('ScheduleUpdated', {
    aggregateId: scheduleId,
    correlationId: 'test',
    payload: {
      eventId: randomUUID(),
      scheduleId,
      status: 'ONGOING',
      saleStartAt: '2030-01-01T20:00:00+09:00',
      saleEndAt: '2030-04-30T18:00:00+09:00',
      seatsLeft,
    },
  })
const closings = async (scheduleId: string) =>
  (await redis.client.xrange(logKey(scheduleId), '-', '+')).filter(([, fields]) => fields.includes('closed')).length
/** Looks only at what it is told: people alone make a schedule due in an hour. */
const rarely = () => ({ ...service.seats, everyMs: 3_600_000 })

test('ten replicas that look at once ask the event service once for each schedule with people', async () => {
  const schedules = [await oneWaiting(), await oneWaiting(), await oneWaiting()]
  const before = service.lookups()
  await Promise.all(Array.from({ length: 10 }, () => knowSeats(rarely(), never)))
  expect(service.lookups() - before).toBe(3)
  for (const scheduleId of schedules) expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsSold: 10 })
})

test('a schedule whose look fails stops no other, and is looked at again', async () => {
  const [broken, sound] = [await oneWaiting(), await oneWaiting()]
  const failing = {
    ...rarely(),
    readScheduleNow: async (scheduleId: string) => {
      if (scheduleId === broken) throw new Error('cannot be read')
      return service.seats.readScheduleNow(scheduleId)
    },
  }
  await knowSeats(failing, never)
  expect(await readSeats(redis, broken)).toBeNull()
  expect(await readSeats(redis, sound)).not.toBeNull()
  expect(Number(await redis.client.zscore(watchedSeatsKey, broken))).toBeGreaterThan(0)
})

test('a sell-out told by an event closes the queue at once; the event again changes nothing; seats back open it', async () => {
  const scheduleId = await oneWaiting({ seatsTotal: 10, seatsSold: 9 })
  jobs.push(knowSeatsJob(rarely()))
  await waitUntil(async () => (await readSeats(redis, scheduleId)) !== null)
  service.openSchedule({ scheduleId, seatsTotal: 10, seatsSold: 10 })
  const soldOut = updated(scheduleId, 0)
  await publish(soldOut, scheduleId)
  await publish(soldOut, scheduleId)
  await waitUntil(async () => (await readClosed(redis, scheduleId)) === 'SOLD_OUT', { timeoutMs: 15_000 })
  await publish(soldOut, scheduleId)
  service.openSchedule({ scheduleId, seatsTotal: 10, seatsSold: 8 })
  await publish(updated(scheduleId, 2), scheduleId)
  await waitUntil(async () => (await readClosed(redis, scheduleId)) === null, { timeoutMs: 15_000 })
  expect(await closings(scheduleId)).toBe(1)
})

test('an event that comes late does not outweigh the event service', async () => {
  const scheduleId = await oneWaiting({ seatsTotal: 10, seatsSold: 4 })
  await knowSeats(rarely(), never)
  const before = service.lookups()
  await publish(updated(scheduleId, 0), scheduleId)
  const job = knowSeatsJob(rarely())
  await waitUntil(() => service.lookups() > before, { timeoutMs: 15_000 })
  await job.close()
  expect(await readSeats(redis, scheduleId)).toMatchObject({ seatsSold: 4 })
  expect(await closings(scheduleId)).toBe(0)
})

test('a cancelled event closes the queue', async () => {
  const scheduleId = await oneWaiting()
  await knowSeats(rarely(), never)
  service.openSchedule({ scheduleId, eventStatus: 'CANCELLED', saleOpen: false })
  const payload = { eventId: randomUUID(), scheduleId, reason: 'storm', cancelledAt: '2030-01-02T00:00:00Z' }
  await publish(newEvent('EventCancelled', { aggregateId: scheduleId, correlationId: 'test', payload }), scheduleId)
  jobs.push(knowSeatsJob(rarely()), knowSeatsJob(rarely()))
  await waitUntil(async () => (await readClosed(redis, scheduleId)) === 'CANCELLED', { timeoutMs: 15_000 })
})

test('each confirmed reservation counts as one buyer, also when it is told twice', async () => {
  const scheduleId = randomUUID()
  const confirmed = newEvent('ReservationConfirmed', {
    aggregateId: randomUUID(),
    correlationId: 'test',
    payload: {
      reservationId: randomUUID(),
      userId: randomUUID(),
      eventId: randomUUID(),
      scheduleId,
      seatIds: [randomUUID(), randomUUID(), randomUUID()],
      totalAmount: 300_000,
      ticketNumber: 'T-1',
      confirmedAt: '2030-01-02T00:00:00Z',
    },
  })
  const key = confirmed.payload.reservationId
  await publish(confirmed, key)
  await publish(confirmed, key)
  const last = { ...confirmed, eventId: randomUUID(), payload: { ...confirmed.payload, reservationId: randomUUID() } }
  await publish(last, key)
  await waitUntil(async () => (await readBuyers(redis, scheduleId)).length === 2, { timeoutMs: 15_000 })
  expect(await readBuyers(redis, scheduleId)).toEqual([3, 3])
})
