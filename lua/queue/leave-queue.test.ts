import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, queueKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'

const redis = testRedis()
const scene = () => ({ scheduleId: randomUUID(), userId: randomUUID() })

test('who leaves loses the place and may enter another schedule at once; leaving again does nothing', async () => {
  const who = scene()
  await enterQueue(redis, who)
  expect(await leaveQueue(redis, who)).toEqual({ outcome: 'left' })
  expect(await redis.client.exists(queueKey(who.scheduleId), activeKey(who.userId))).toBe(0)
  expect(await leaveQueue(redis, who)).toEqual({ outcome: 'absent' })
  expect((await enterQueue(redis, { scheduleId: randomUUID(), userId: who.userId })).outcome).toBe('waiting')
})

test('leaving one schedule does not touch a place in another, nor a stay inside', async () => {
  const who = scene()
  await enterQueue(redis, who)
  expect(await leaveQueue(redis, { ...who, scheduleId: randomUUID() })).toEqual({ outcome: 'absent' })
  expect(await redis.client.get(activeKey(who.userId))).toBe(who.scheduleId)
  await admitBatch(redis, who.scheduleId)
  expect(await leaveQueue(redis, who)).toEqual({ outcome: 'absent' })
  expect((await enterQueue(redis, who)).outcome).toBe('active')
})

test('leaving a queue that was left behind long ago does not end the wait in another one', async () => {
  const who = scene()
  await enterQueue(redis, who)
  const now = randomUUID()
  await redis.client.set(activeKey(who.userId), now)
  expect(await leaveQueue(redis, who)).toEqual({ outcome: 'left' })
  expect(await redis.client.get(activeKey(who.userId))).toBe(now)
})
