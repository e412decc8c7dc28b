import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { queueKey } from './keys.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readQueueToken } from './queue-token.ts'

const redis = testRedis()
const replicas = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(replicas.slice(1).map((replica) => replica.close())))

const batchSize = 5
const intervalMs = 100
const ranMs = 1_500

async function crowd(): Promise<string> {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, batchSize, intervalMs })
  await Promise.all(Array.from({ length: 400 }, () => enterQueue(redis, { scheduleId, userId: randomUUID() })))
  return scheduleId
}

const nowMs = async (replica: RedisClient) => {
  const [seconds, micros] = await replica.client.time()
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}

/** The most people admitted beyond rate × time, over every window that begins and ends with an admission. */
function worstExcess(momentsMs: readonly number[]): number {
  const sorted = momentsMs.toSorted((a, b) => a - b)
  const excesses = sorted.flatMap((from, first) =>
    sorted.slice(first).map((to, offset) => offset + 1 - ((to - from) * batchSize) / intervalMs),
  )
  return Math.max(0, ...excesses)
}

/**
 * How many people time lets in between looks at these moments, beginning with a batch: of a pause between two, which a busy machine may
 * make long, no more than one batch's worth is kept. `wayMs`: the time of who was on the way, which such a pause may cost as well.
 */
function dueAt(looksUs: readonly number[], wayMs = 0): number {
  const sorted = looksUs.toSorted((a, b) => a - b)
  const keptMs = sorted.slice(1).map((us, before) => {
    const gapMs = (us - (sorted[before] ?? us)) / 1_000
    return gapMs - Math.max(0, gapMs + wayMs - intervalMs)
  })
  return batchSize + (keptMs.reduce((sum, ms) => sum + ms, 0) * batchSize) / intervalMs
}

/** Every replica calls without a pause for `ranMs`. */
const everybodyTicks = (tick: (replica: RedisClient) => Promise<void>) => {
  const beganAt = performance.now()
  return Promise.all(
    replicas.map((replica) =>
      waitUntil(
        async () => {
          await tick(replica)
          return performance.now() - beganAt > ranMs
        },
        { intervalMs: 0, timeoutMs: ranMs * 5 },
      ),
    ),
  )
}

test('four replicas that tick as fast as they can admit rate × time and one batch, no more and no less', async () => {
  const scheduleId = await crowd()
  const tokens: string[] = []
  const looksUs: number[] = []
  await everybodyTicks(async (replica) => {
    const { admitted, lastUs } = await admitBatch(replica, scheduleId)
    tokens.push(...admitted.map(({ token }) => token))
    looksUs.push(lastUs)
  })
  const facts = await Promise.all(tokens.map((token) => readQueueToken(redis, token)))
  const moments = facts.map((fact) => fact?.issuedAt ?? 0)
  // Moments are whole milliseconds: a window may look up to one shorter than it was.
  expect(worstExcess(moments)).toBeLessThanOrEqual(batchSize + batchSize / intervalMs + 1e-6)
  expect(tokens.length).toBeLessThanOrEqual(dueAt(looksUs) + 1e-6)
  // At each look up to one person is on the way.
  expect(tokens.length).toBeGreaterThanOrEqual(dueAt(looksUs, intervalMs / batchSize) - 1 - 1e-6)
})

test('control: replicas that each keep the rate by themselves admit several times of it', async () => {
  const scheduleId = await crowd()
  const moments: number[] = []
  const lastMs = new Map<RedisClient, number>()
  await everybodyTicks(async (replica) => {
    const now = await nowMs(replica)
    if (now - (lastMs.get(replica) ?? 0) < intervalMs) return
    lastMs.set(replica, now)
    const popped = await replica.client.zpopmin(queueKey(scheduleId), batchSize)
    for (let person = 0; person < popped.length / 2; person += 1) moments.push(now)
  })
  expect(worstExcess(moments)).toBeGreaterThan(2 * batchSize)
})
