import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { admitBatch } from './admit-batch.ts'
import type { Asking } from './answer-polls.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, pollsKey, queueKey } from './keys.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'

/** For tests: how somebody may stand to a queue. */
export const kinds = [
  'waits',
  'asks early',
  'inside',
  'silent',
  'elsewhere',
  'absent',
  'lost',
  'lost and silent',
] as const
export type Kind = (typeof kinds)[number]

/** A schedule with one person of each of these kinds, in this order; those inside came first. */
export async function roomOf(redis: RedisClient, present: readonly Kind[]) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize: 1_000, intervalMs: 60_000 })
  const people: Asking[] = present.map(() => ({ userId: randomUUID() }))
  const enterAll = async (isWanted: (kind: Kind) => boolean) => {
    let epochUs = 0
    for (const [index, { userId }] of people.entries()) {
      const kind = present[index]
      if (kind === undefined || !isWanted(kind)) continue
      const entered = await enterQueue(redis, { scheduleId, userId })
      if (entered.outcome === 'waiting') epochUs = entered.epochUs
    }
    return epochUs
  }
  await enterAll((kind) => kind === 'inside')
  await admitBatch(redis, scheduleId)
  const epochUs = await enterAll((kind) => !['inside', 'absent', 'lost'].includes(kind))
  for (const [index, person] of people.entries()) {
    const [kind, { userId }] = [present[index], person]
    if (kind !== 'asks early') await redis.client.del(pollsKey(userId))
    if (kind === 'silent' || kind === 'lost and silent') await redis.client.del(activeKey(userId))
    if (kind === 'elsewhere') await redis.client.set(activeKey(userId), randomUUID())
    if (kind?.startsWith('lost') && epochUs > 0) {
      person.ticket = { epochUs: epochUs - 10_000, scoreUs: epochUs - 9_000 + index, atMs: Date.now() }
    }
  }
  const line = async () => {
    const inLine = await redis.client.zrange(queueKey(scheduleId), 0, '-1')
    return inLine.map((member) => people.findIndex(({ userId }) => userId === member))
  }
  return { scheduleId, people, line }
}

/** Redis, and how many scripts have been run by it. */
export function countingRedis(redis: RedisClient) {
  const count = { calls: 0 }
  const client = new Proxy(redis.client, {
    get: (target, name) => {
      if (name === 'evalsha') count.calls += 1
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  return { count, counting: { ...redis, client } }
}
