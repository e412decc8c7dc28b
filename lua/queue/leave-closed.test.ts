import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { closeQueue, openQueue } from './close-queue.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, queueKey } from './keys.ts'
import { leaveClosed } from './leave-closed.ts'
import { ticketOf } from './test-loss.ts'

const redis = testRedis()
const scene = () => ({ scheduleId: randomUUID(), userId: randomUUID() })

test.each(['SALE_ENDED', 'CANCELLED'] as const)('who waits in a queue closed by %s is free', async (reason) => {
  const who = scene()
  await enterQueue(redis, who)
  await closeQueue(redis, who.scheduleId, reason, 'seats')
  expect(await leaveClosed(redis, who)).toBe(true)
  expect(await redis.client.exists(activeKey(who.userId), queueKey(who.scheduleId))).toBe(0)
  expect(await leaveClosed(redis, who)).toBe(false)
})

test('a queue that is open, sold out or opened again keeps who waits', async () => {
  const who = scene()
  await enterQueue(redis, who)
  expect(await leaveClosed(redis, who)).toBe(false)
  await closeQueue(redis, who.scheduleId, 'SOLD_OUT', 'seats')
  expect(await leaveClosed(redis, who)).toBe(false)
  await closeQueue(redis, who.scheduleId, 'SALE_ENDED', 'seats')
  await openQueue(redis, who.scheduleId, 'seats')
  expect(await leaveClosed(redis, who)).toBe(false)
  expect(await enterQueue(redis, who)).toMatchObject({ outcome: 'waiting', ahead: 0 })
})

test('who is inside stays, and so does who waits somewhere else by now', async () => {
  const [inside, moved] = [scene(), scene()]
  await enterQueue(redis, inside)
  await admitBatch(redis, inside.scheduleId)
  await redis.client.set(activeKey(moved.userId), randomUUID())
  for (const who of [inside, moved]) {
    await closeQueue(redis, who.scheduleId, 'CANCELLED', 'seats')
    expect(await leaveClosed(redis, who)).toBe(false)
    expect(await redis.client.exists(activeKey(who.userId))).toBe(1)
  }
})

test('the place given up does not come back by a ticket of an older epoch', async () => {
  const who = scene()
  const ticket = ticketOf(await enterQueue(redis, who))
  await emptyRedis(redis)
  await enterQueue(redis, { ...who, ticket })
  await closeQueue(redis, who.scheduleId, 'CANCELLED', 'seats')
  expect(await leaveClosed(redis, who)).toBe(true)
  await openQueue(redis, who.scheduleId, 'seats')
  expect(await enterQueue(redis, { ...who, ticket })).not.toMatchObject({ scoreUs: ticket.scoreUs })
})
