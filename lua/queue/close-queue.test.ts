import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { closeQueue, openQueue, readClosed } from './close-queue.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, paceKey, pollsKey, queueKey } from './keys.ts'
import { writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { ageKeys } from './test-age-queue.ts'
import { ticketOf } from './test-loss.ts'

const redis = testRedis()
const ask = async (who: { scheduleId: string; userId: string }) => {
  await redis.client.hset(pollsKey(who.userId), { nextMs: 1 })
  return readPlace(redis, { ...who, pollsPerMinute: 15 })
}

async function crowd(count: number) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { batchSize: 1, intervalMs: 60_000 })
  const users = Array.from({ length: count }, () => randomUUID())
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  return { scheduleId, users }
}

test('a closed queue takes nobody in, lets nobody in, and tells everybody why; opening gives all their places back', async () => {
  const { scheduleId, users } = await crowd(3)
  expect(await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')).toBe(true)
  expect(await readClosed(redis, scheduleId)).toBe('SOLD_OUT')
  for (const userId of [...users, randomUUID()]) {
    expect(await enterQueue(redis, { scheduleId, userId })).toMatchObject({ outcome: 'closed', reason: 'SOLD_OUT' })
    expect(await ask({ scheduleId, userId })).toMatchObject({ outcome: 'closed', reason: 'SOLD_OUT' })
  }
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ admitted: [], waiting: 3, closed: 'SOLD_OUT' })
  expect(await openQueue(redis, scheduleId, 'seats')).toBe(true)
  expect(await redis.client.zrange(queueKey(scheduleId), 0, '-1')).toEqual(users)
  expect(await ask({ scheduleId, userId: users[2] ?? '' })).toMatchObject({ outcome: 'waiting', ahead: 2 })
  expect((await admitBatch(redis, scheduleId)).admitted.map(({ userId }) => userId)).toEqual(users.slice(0, 1))
})

test('asking keeps the place while the queue is closed', async () => {
  const { scheduleId, users } = await crowd(1)
  const [userId = ''] = users
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  await redis.client.pexpire(activeKey(userId), 2_000)
  await ask({ scheduleId, userId })
  expect(await redis.client.pttl(activeKey(userId))).toBeGreaterThan(595_000)
})

test('who is inside stays inside', async () => {
  const { scheduleId, users } = await crowd(2)
  const { admitted } = await admitBatch(redis, scheduleId)
  await closeQueue(redis, scheduleId, 'SALE_ENDED', 'seats')
  const [userId = ''] = users
  expect(await ask({ scheduleId, userId })).toMatchObject({ outcome: 'active', token: admitted[0]?.token })
})

test('closing and opening twice change nothing; another reason replaces the one before', async () => {
  const { scheduleId } = await crowd(1)
  expect(await openQueue(redis, scheduleId, 'seats')).toBe(false)
  expect(await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')).toBe(true)
  expect(await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')).toBe(false)
  expect(await closeQueue(redis, scheduleId, 'CANCELLED', 'admin')).toBe(true)
  expect(await readClosed(redis, scheduleId)).toBe('CANCELLED')
  expect(await openQueue(redis, scheduleId, 'admin')).toBe(true)
  expect(await readClosed(redis, scheduleId)).toBeNull()
})

test('a ticket shown while the queue is closed after a loss brings the place back for the opening', async () => {
  const { scheduleId, users } = await crowd(1)
  const [userId = ''] = users
  const ticket = ticketOf(await enterQueue(redis, { scheduleId, userId }))
  await emptyRedis(redis)
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  const told = await readPlace(redis, { scheduleId, userId, ticket, pollsPerMinute: 15 })
  expect(told).toMatchObject({ outcome: 'closed', reason: 'SOLD_OUT' })
  await openQueue(redis, scheduleId, 'seats')
  expect(await ask({ scheduleId, userId })).toMatchObject({ outcome: 'waiting', scoreUs: ticket.scoreUs })
})

test('a queue that was closed for eleven minutes when Redis was lost gets back everybody who asked all the time', async () => {
  const { scheduleId, users } = await crowd(3)
  const [userId = ''] = users
  const keys = [queueKey(scheduleId), epochKey(scheduleId), paceKey(scheduleId), activeKey(userId), pollsKey(userId)]
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  for (let half = 0; half < 2; half += 1) {
    await ageKeys(redis, { keys }, { ms: 330_000 })
    await ask({ scheduleId, userId })
  }
  const told = ticketOf(await ask({ scheduleId, userId }))
  const { lastUs } = await admitBatch(redis, scheduleId)
  await emptyRedis(redis)
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'recovery')
  await readPlace(redis, { scheduleId, userId, ticket: told, knownUs: lastUs, pollsPerMinute: 15 })
  await openQueue(redis, scheduleId, 'seats')
  expect(await ask({ scheduleId, userId })).toMatchObject({ outcome: 'waiting', scoreUs: told.scoreUs })
})

test('who has no place in a closed queue is told none', async () => {
  const { scheduleId } = await crowd(1)
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  expect(await ask({ scheduleId, userId: randomUUID() })).toMatchObject({ outcome: 'closed', epochUs: 0, scoreUs: 0 })
})
