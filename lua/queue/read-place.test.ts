import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, pollsKey, queueKey, staysKey } from './keys.ts'
import { queueTokenMs, readQueueToken } from './queue-token.ts'
import { readPlace } from './read-place.ts'

const redis = testRedis()
const pollsPerMinute = 15
const scene = () => ({ scheduleId: randomUUID(), userId: randomUUID() })
/** A poll at the advised time, which is brought here instead of waited for. */
async function pollWhenAdvised(who: { scheduleId: string; userId: string }) {
  await redis.client.hset(pollsKey(who.userId), { nextMs: 1 })
  return readPlace(redis, { ...who, pollsPerMinute })
}

test('who waits is told how many are ahead and in all', async () => {
  const { scheduleId, userId } = scene()
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  await enterQueue(redis, { scheduleId, userId })
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  const place = await pollWhenAdvised({ scheduleId, userId })
  expect(place).toMatchObject({ outcome: 'waiting', ahead: 1, total: 3 })
})

test('each poll renews the ten minutes, so a place outlives the key by hours (data.md, rule 1)', async () => {
  const who = scene()
  await enterQueue(redis, who)
  await redis.client.pexpire(activeKey(who.userId), 2_000)
  await pollWhenAdvised(who)
  expect(await redis.client.pttl(activeKey(who.userId))).toBeGreaterThan(595_000)
})

test('who is admitted gets the token, as often as asked, and asking does not prolong the stay', async () => {
  const who = scene()
  await enterQueue(redis, who)
  const { admitted } = await admitBatch(redis, who.scheduleId)
  const token = admitted[0]?.token ?? ''
  const facts = await readQueueToken(redis, token)
  await redis.client.pexpire(activeKey(who.userId), 2_000)
  for (let poll = 0; poll < 2; poll += 1) {
    const place = await readPlace(redis, { ...who, pollsPerMinute })
    expect(place).toMatchObject({ outcome: 'active', token, expiresAtMs: facts?.expiresAt })
  }
  expect(await redis.client.pttl(activeKey(who.userId))).toBeLessThanOrEqual(2_000)
})

test('who never entered, has left or whose token has ended is absent', async () => {
  const who = scene()
  expect(await readPlace(redis, { ...who, pollsPerMinute })).toEqual({ outcome: 'absent' })
  await enterQueue(redis, who)
  await admitBatch(redis, who.scheduleId)
  const [seconds] = await redis.client.time()
  await redis.client.hset(staysKey(who.scheduleId), who.userId, `qr_ended ${Number(seconds) * 1_000 - 1} 1 1`)
  expect(await pollWhenAdvised(who)).toEqual({ outcome: 'absent' })
})

test.each([
  ['has not been heard of for ten minutes', null],
  ['has gone to another schedule', randomUUID()],
])('who %s has no place any more, and stands in nobody’s way', async (_what, elsewhere) => {
  const who = scene()
  await enterQueue(redis, who)
  await enterQueue(redis, { scheduleId: who.scheduleId, userId: randomUUID() })
  if (elsewhere === null) await redis.client.del(activeKey(who.userId))
  else await redis.client.set(activeKey(who.userId), elsewhere)
  expect(await pollWhenAdvised(who)).toEqual({ outcome: 'absent' })
  expect(await redis.client.zcard(queueKey(who.scheduleId))).toBe(1)
})

test('the 16th poll of a minute is refused until the advised time, other users’ polls are not (QUEUE-008)', async () => {
  const who = scene()
  await enterQueue(redis, who)
  const polls = await Promise.all(Array.from({ length: 20 }, () => readPlace(redis, { ...who, pollsPerMinute })))
  expect(polls.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(15)
  const refused = polls.filter((poll) => poll.outcome === 'limited')
  expect(refused).toHaveLength(5)
  for (const { retryAfterMs } of refused) {
    expect(retryAfterMs).toBeGreaterThan(0)
    expect(retryAfterMs).toBeLessThanOrEqual(1_500)
  }
  const other = { scheduleId: who.scheduleId, userId: randomUUID() }
  await enterQueue(redis, other)
  expect((await readPlace(redis, { ...other, pollsPerMinute })).outcome).toBe('waiting')
  expect((await pollWhenAdvised(who)).outcome).toBe('waiting')
})

test('a token lives for the ten minutes of QUEUE-003', () => {
  expect(queueTokenMs).toBe(10 * 60 * 1_000)
})
