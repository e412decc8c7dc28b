import { randomUUID } from 'node:crypto'
import {
  activeKey,
  defaultQueueConfig,
  enterQueue,
  paceKey,
  queueKey,
  schedulesKey,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { admitWaitingJob } from './admit-waiting.job.ts'
import { admitWaiting } from './admit-waiting.ts'

const redis = testRedis()
let service: TestService
const jobs: { close(): Promise<void> }[] = []
beforeAll(async () => {
  service = await startTestService(redis)
})
beforeEach(() => redis.client.del(schedulesKey))
afterEach(async () => {
  for (const job of jobs.splice(0)) await job.close()
})
afterAll(() => service.close())

async function crowd(count: number, intervalMs = 60_000) {
  const scheduleId = service.openSchedule()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, intervalMs })
  const users = Array.from({ length: count }, () => randomUUID())
  for (const userId of users) await enterQueue(redis, { scheduleId, userId })
  return { scheduleId, users }
}
const waiting = (scheduleId: string) => redis.client.zcard(queueKey(scheduleId))
const admitted = async () => (await service.admission.counters.admitted.get()).values[0]?.value ?? 0

test('one tick admits a batch of every schedule with a queue', async () => {
  const [one, two] = [await crowd(12), await crowd(3)]
  const before = await admitted()
  await admitWaiting(service.admission)
  expect([await waiting(one.scheduleId), await waiting(two.scheduleId)]).toEqual([2, 0])
  expect((await admitted()) - before).toBe(13)
})

test('a batch is whole also where it is more people than a call brings tokens for', async () => {
  const { scheduleId } = await crowd(230)
  await writeQueueConfig(redis, scheduleId, { batchSize: 200, intervalMs: 60_000 })
  await admitWaiting(service.admission)
  expect(await waiting(scheduleId)).toBe(30)
})

test('ten replicas that tick at once admit one batch', async () => {
  const { scheduleId } = await crowd(50)
  await Promise.all(Array.from({ length: 10 }, () => admitWaiting(service.admission)))
  expect(await waiting(scheduleId)).toBe(40)
})

test('hundreds of people who have left cost those who wait nothing: the same tick admits a whole batch', async () => {
  const { scheduleId, users } = await crowd(320)
  await redis.client.unlink(...users.slice(0, 300).map(activeKey))
  await admitWaiting(service.admission)
  expect(await waiting(scheduleId)).toBe(10)
})

test('a schedule whose admission fails stops no other', async () => {
  const [broken, sound] = [await crowd(5), await crowd(5)]
  await redis.client.del(paceKey(broken.scheduleId))
  await redis.client.set(paceKey(broken.scheduleId), 'not a hash')
  await admitWaiting(service.admission)
  expect([await waiting(broken.scheduleId), await waiting(sound.scheduleId)]).toEqual([5, 0])
})

test('two replicas’ jobs empty a queue at its rate', async () => {
  const { scheduleId } = await crowd(40, 100)
  const beganAt = performance.now()
  jobs.push(admitWaitingJob(service.admission, 20), admitWaitingJob(service.admission, 20))
  await waitUntil(async () => (await waiting(scheduleId)) === 0)
  expect(performance.now() - beganAt).toBeGreaterThan(280)
})

/** Admissions so far and the moment, in one look of Redis. */
async function look(scheduleId: string) {
  const [total, time] = (await redis.client.multi().hget(paceKey(scheduleId), 'admittedTotal').time().exec()) ?? []
  const [seconds, micros] = (time?.[1] ?? []) as string[]
  return { admitted: Number(total?.[1] ?? 0), atMs: Number(seconds) * 1_000 + Number(micros) / 1_000 }
}

test.each([
  { batchSize: 1, intervalMs: 100 },
  { batchSize: 20, intervalMs: 100 },
])(
  'one replica at the production tick keeps the rate of %j',
  async ({ batchSize, intervalMs }) => {
    const { scheduleId } = await crowd(0)
    await writeQueueConfig(redis, scheduleId, { batchSize, intervalMs })
    const people = Array.from({ length: 60 * batchSize }, () => randomUUID())
    await Promise.all(people.map((userId) => enterQueue(redis, { scheduleId, userId })))
    jobs.push(admitWaitingJob(service.admission, 250))
    const perMs = batchSize / intervalMs
    const looks = [await look(scheduleId)]
    // A loaded machine may be late for a while: one second at the rate shows that the job can keep it.
    await waitUntil(
      async () => {
        const now = await look(scheduleId)
        looks.push(now)
        return looks.some((before) => {
          const passedMs = now.atMs - before.atMs
          const gotIn = now.admitted - before.admitted
          return passedMs >= 1_000 && gotIn >= 0.85 * passedMs * perMs
        })
      },
      { timeoutMs: 30_000 },
    )
    for (const [index, later] of looks.entries()) {
      for (const before of looks.slice(0, index)) {
        const most = (later.atMs - before.atMs) * perMs + batchSize
        expect(later.admitted - before.admitted).toBeLessThanOrEqual(most + 1e-6)
      }
    }
  },
  60_000,
)
