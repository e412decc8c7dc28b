import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { closeQueue } from './close-queue.ts'
import { endStays } from './end-stays.ts'
import { enterQueue } from './enter-queue.ts'
import {
  activeKey,
  admittedKey,
  epochKey,
  goneKey,
  logKey,
  paceKey,
  queueKey,
  schedulesKey,
  staysKey,
  tokenKey,
} from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { defaultQueueConfig, type QueueConfig, writeQueueConfig } from './queue-config.ts'
import { readQueueToken } from './queue-token.ts'
import { revokeTokens } from './revoke-tokens.ts'

const redis = testRedis()

/** A schedule with `count` people waiting, in the order of `users`. */
async function crowd(count: number, config: Partial<QueueConfig> = {}) {
  const scheduleId = randomUUID()
  const users = Array.from({ length: count }, () => randomUUID())
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...config })
  await Promise.all(users.map((userId) => enterQueue(redis, { scheduleId, userId })))
  return { scheduleId, users }
}
const idsOf = (batch: { admitted: { userId: string }[] }) => batch.admitted.map(({ userId }) => userId)
const moveBack = async (scheduleId: string, ms: number) => {
  const paidUntilUs = Number(await redis.client.hget(paceKey(scheduleId), 'paidUntilUs'))
  await redis.client.hset(paceKey(scheduleId), 'paidUntilUs', paidUntilUs - ms * 1_000)
}
/** So long that no admission becomes due while a test runs. */
const slow = { intervalMs: 60_000 }

describe('a batch', () => {
  test('is the first ten in order, each with a token of their own that lives ten minutes', async () => {
    const { scheduleId, users } = await crowd(12, slow)
    const batch = await admitBatch(redis, scheduleId)
    expect(idsOf(batch)).toEqual(users.slice(0, 10))
    expect(batch).toMatchObject({ waiting: 2, inside: 10, dropped: 0, admittedTotal: 10 })
    expect(new Set(batch.admitted.map(({ token }) => token)).size).toBe(10)
    for (const { userId, token } of batch.admitted) {
      expect(token).toMatch(/^qr_[A-Za-z0-9_-]{43}$/)
      const facts = await readQueueToken(redis, token)
      expect(facts).toMatchObject({ userId, scheduleId, type: 'RESERVATION' })
      expect((facts?.expiresAt ?? 0) - (facts?.issuedAt ?? 0)).toBe(600_000)
      expect(await redis.client.pttl(tokenKey(token))).toBeGreaterThan(590_000)
    }
    expect(await redis.client.zcard(admittedKey(scheduleId))).toBe(10)
  })

  test('keeps who is in it in this schedule for as long as the token lives, and remembers the token no longer', async () => {
    const { scheduleId, users } = await crowd(1, slow)
    const [userId = ''] = users
    await redis.client.pexpire(activeKey(userId), 5_000)
    await admitBatch(redis, scheduleId)
    const remainingMs = await redis.client.pttl(activeKey(userId))
    expect(remainingMs).toBeGreaterThan(590_000)
    expect(remainingMs).toBeLessThanOrEqual(600_000)
    expect(await redis.client.hexists(staysKey(scheduleId), userId)).toBe(1)
    await redis.client.zadd(admittedKey(scheduleId), 1, userId)
    await endStays(redis, scheduleId)
    expect(await redis.client.hexists(staysKey(scheduleId), userId)).toBe(0)
  })

  test('of 120 is admitted by one call', async () => {
    const { scheduleId, users } = await crowd(130, { ...slow, batchSize: 120 })
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(0, 120))
  })

  test('of the next call is empty until an interval has gone by', async () => {
    const { scheduleId } = await crowd(30, slow)
    await admitBatch(redis, scheduleId)
    for (let call = 0; call < 5; call += 1) expect(idsOf(await admitBatch(redis, scheduleId))).toEqual([])
  })

  test('after a missed interval is a whole one, and after a missed hour still only one (data.md, rule 2)', async () => {
    const { scheduleId, users } = await crowd(40, slow)
    await admitBatch(redis, scheduleId)
    await moveBack(scheduleId, 60_000)
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(10, 20))
    await moveBack(scheduleId, 3_600_000)
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(20, 30))
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual([])
  })

  test('is due person by person: half an interval admits half a batch', async () => {
    const { scheduleId, users } = await crowd(30, slow)
    await admitBatch(redis, scheduleId)
    await moveBack(scheduleId, 30_000)
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(10, 15))
  })

  test('comes in spite of a clock that has gone back by an hour', async () => {
    const { scheduleId, users } = await crowd(20, slow)
    await moveBack(scheduleId, 0)
    const [seconds] = await redis.client.time()
    await redis.client.hset(paceKey(scheduleId), 'paidUntilUs', (Number(seconds) + 3_600) * 1_000_000)
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual([])
    await moveBack(scheduleId, 60_000)
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(0, 10))
  })

  test('is always the longest-waiting of those who have not left, whatever happened before', async () => {
    const action = fc.oneof(
      { weight: 5, arbitrary: fc.constant('enter' as const) },
      { weight: 1, arbitrary: fc.constant('leave' as const) },
      { weight: 1, arbitrary: fc.constant('vanish' as const) },
      { weight: 2, arbitrary: fc.constant('admit' as const) },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), fc.infiniteStream(fc.nat()), async (actions, numbers) => {
        const { scheduleId } = await crowd(0, { ...slow, batchSize: 3 })
        const expected: string[] = []
        const vanished = new Set<string>()
        for (const what of actions) {
          const someone = expected[(numbers.next().value ?? 0) % Math.max(expected.length, 1)]
          if (what === 'enter') {
            const userId = randomUUID()
            await enterQueue(redis, { scheduleId, userId })
            expected.push(userId)
          } else if (what === 'admit') {
            await moveBack(scheduleId, 60_000)
            const present = expected.filter((userId) => !vanished.has(userId))
            const admitted = idsOf(await admitBatch(redis, scheduleId))
            expect(admitted).toEqual(present.slice(0, 3))
            expected.splice(0, expected.length, ...present.slice(3))
          } else if (someone !== undefined && what === 'leave') {
            await leaveQueue(redis, { scheduleId, userId: someone })
            expected.splice(expected.indexOf(someone), 1)
          } else if (someone !== undefined) {
            await redis.client.del(activeKey(someone))
            vanished.add(someone)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  test('sent twice by a client that lost its connection gives no token to two people', async () => {
    const { scheduleId } = await crowd(20, slow)
    const sent: [string, number, ...(string | number)[]][] = []
    const spy = new Proxy(redis.client, {
      get: (client, name) => {
        const value = Reflect.get(client, name)
        if (name !== 'evalsha') return typeof value === 'function' ? value.bind(client) : value
        return (...command: (typeof sent)[number]) => {
          sent.push(command)
          return client.evalsha(...command)
        }
      },
    })
    const { admitted } = await admitBatch({ ...redis, client: spy }, scheduleId)
    expect(admitted).toHaveLength(10)
    await moveBack(scheduleId, 60_000)
    const [again] = sent
    if (again === undefined) throw new Error('no command was seen')
    expect(await redis.client.evalsha(...again)).toMatchObject(
      ['admitted', 10, 10, 0, 0, 10, 0, 0, {}, {}, {}, {}, 0, '', ''].map(() => expect.anything()),
    )
    for (const { userId, token } of admitted) expect((await readQueueToken(redis, token))?.userId).toBe(userId)
  })
})

describe('people who have left', () => {
  test('are dropped without spending any of the batch', async () => {
    const { scheduleId, users } = await crowd(40, slow)
    const elsewhere = randomUUID()
    for (const userId of users.slice(0, 10)) await redis.client.del(activeKey(userId))
    for (const userId of users.slice(15, 20)) await redis.client.set(activeKey(userId), elsewhere)
    const batch = await admitBatch(redis, scheduleId)
    expect(idsOf(batch)).toEqual([...users.slice(10, 15), ...users.slice(20, 25)])
    expect(batch).toMatchObject({ dropped: 15, waiting: 15 })
  })

  test('in thousands are dropped a bounded number at a time, and then the rest gets the whole batch', async () => {
    const { scheduleId, users } = await crowd(1_000, slow)
    const present = users.slice(-10)
    await redis.client.unlink(...users.slice(0, -10).map(activeKey))
    let calls = 0
    const admitted: string[] = []
    for (let batch = await admitBatch(redis, scheduleId); ; batch = await admitBatch(redis, scheduleId)) {
      calls += 1
      admitted.push(...idsOf(batch))
      expect(batch.dropped).toBeLessThanOrEqual(50)
      if (batch.dropped === 0) break
    }
    expect(admitted).toEqual(present)
    expect(calls).toBeGreaterThanOrEqual(20)
  })
})

describe('while nobody can get in, who has left without a word loses the place, wherever it stands, and nobody else does:', () => {
  test.each([
    ['the sale has ended', {}, 'SALE_ENDED'],
    ['it is sold out', {}, 'SOLD_OUT'],
    ['it is paused', { paused: true }, null],
    ['it is full inside', { maxInside: 1 }, null],
  ] as const)('%s', async (_why, config, reason) => {
    const { scheduleId, users } = await crowd(200, { ...slow, ...config })
    if (reason !== null) await closeQueue(redis, scheduleId, reason, 'test')
    await admitBatch(redis, scheduleId)
    const line = users.slice(-199)
    const stays = [line[0], line[100], line[198]].map((userId) => userId ?? '')
    await redis.client.unlink(...users.filter((userId) => !stays.includes(userId)).map(activeKey))
    for (let dropped = 1; dropped > 0; ) {
      dropped = (await admitBatch(redis, scheduleId)).dropped
      expect(dropped).toBeLessThanOrEqual(50)
    }
    expect(await redis.client.zrange(queueKey(scheduleId), 0, '-1')).toEqual(stays)
    expect((await admitBatch(redis, scheduleId)).droppedTotal).toBe(0)
  })

  test('but not after a loss, as long as people are waited for', async () => {
    const { scheduleId, users } = await crowd(2, { ...slow, paused: true })
    await redis.client.unlink(...users.map(activeKey))
    const knownUs = Date.now() * 2_000
    expect(await admitBatch(redis, scheduleId, { knownUs })).toMatchObject({ waiting: 2, dropped: 0 })
  })
})

describe('an operator', () => {
  test('who pauses a queue stops admission; resuming admits one batch, however long the pause was', async () => {
    const { scheduleId, users } = await crowd(40, { ...slow, paused: true })
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual([])
    await moveBack(scheduleId, 3_600_000)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...slow })
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(0, 10))
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual([])
  })

  test('who drains a queue lets those who wait in', async () => {
    const { scheduleId, users } = await crowd(5, slow)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...slow, draining: true })
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users)
  })

  test('who limits how many are inside has the limit kept; whoever leaves, or whose time is over, makes room', async () => {
    const { scheduleId, users } = await crowd(20, { ...slow, maxInside: 4 })
    const inside = idsOf(await admitBatch(redis, scheduleId))
    expect(inside).toEqual(users.slice(0, 4))
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ admitted: [], inside: 4 })
    await revokeTokens(redis, { scheduleId, userId: inside[0] ?? '' })
    await redis.client.zadd(admittedKey(scheduleId), 1, inside[1] ?? '')
    expect(idsOf(await admitBatch(redis, scheduleId))).toEqual(users.slice(4, 6))
    expect(await endStays(redis, scheduleId)).toMatchObject({ ended: 1 })
    expect(await redis.client.zscore(admittedKey(scheduleId), inside[1] ?? '')).toBeNull()
  })

  test('who limits them is not held up by thousands whose time is over: they are not counted, and go bit by bit', async () => {
    const { scheduleId, users } = await crowd(5, { ...slow, maxInside: 2 })
    const ended = Array.from({ length: 2_500 }, () => [1, randomUUID()]).flat()
    await redis.client.zadd(admittedKey(scheduleId), ...ended)
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ inside: 2, waiting: 3 })
    for (const left of [1502, 502, 2]) {
      await endStays(redis, scheduleId)
      expect(await redis.client.zcard(admittedKey(scheduleId))).toBe(left)
    }
    expect(await redis.client.zrange(admittedKey(scheduleId), 0, '-1')).toEqual(users.slice(0, 2).toSorted())
  })

  test('who lowers the limit below the number inside throws nobody out', async () => {
    const { scheduleId } = await crowd(20, slow)
    await admitBatch(redis, scheduleId)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, ...slow, maxInside: 3 })
    await moveBack(scheduleId, 60_000)
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ admitted: [], inside: 10, waiting: 10 })
  })
})

test('a queue that is closed for good and that everybody has left leaves the list of schedules', async () => {
  const { scheduleId, users } = await crowd(40)
  await closeQueue(redis, scheduleId, 'SALE_ENDED', 'test')
  await redis.client.unlink(...users.map(activeKey))
  await admitBatch(redis, scheduleId)
  expect(await redis.client.sismember(schedulesKey, scheduleId)).toBe(0)
})

test('a schedule without anybody waiting or inside leaves the list of schedules, and no key without an end stays of it', async () => {
  const { scheduleId, users } = await crowd(3)
  await admitBatch(redis, scheduleId)
  expect(await redis.client.sismember(schedulesKey, scheduleId)).toBe(1)
  expect(await redis.client.exists(queueKey(scheduleId))).toBe(0)
  for (const key of [admittedKey, staysKey, goneKey, paceKey, epochKey, logKey]) {
    expect(await redis.client.pttl(key(scheduleId))).toBeGreaterThan(590_000)
  }
  for (const userId of users) await revokeTokens(redis, { scheduleId, userId })
  await admitBatch(redis, scheduleId)
  expect(await redis.client.sismember(schedulesKey, scheduleId)).toBe(0)
})
