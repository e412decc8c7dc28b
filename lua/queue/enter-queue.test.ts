import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, queueKey, schedulesKey } from './keys.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'

const redis = testRedis()
const connections = [redis, redis.duplicate(), redis.duplicate(), redis.duplicate()]
afterAll(() => Promise.all(connections.slice(1).map((connection) => connection.close())))
const connection = (index: number) => connections[index % connections.length] ?? redis

const people = (count: number) => Array.from({ length: count }, () => randomUUID())

describe('entering', () => {
  test('gives the next place, lists the schedule and keeps the user in it for ten minutes', async () => {
    const scheduleId = randomUUID()
    const [first = '', second = ''] = people(2)
    expect(await enterQueue(redis, { scheduleId, userId: first })).toMatchObject({
      outcome: 'waiting',
      ahead: 0,
      total: 1,
    })
    expect(await enterQueue(redis, { scheduleId, userId: second })).toMatchObject({
      outcome: 'waiting',
      ahead: 1,
      total: 2,
    })
    expect(await redis.client.sismember(schedulesKey, scheduleId)).toBe(1)
    expect(await redis.client.get(activeKey(first))).toBe(scheduleId)
    expect(await redis.client.pttl(activeKey(first))).toBeGreaterThan(595_000)
  })

  test('again returns the place already held, and keeps it alive (QUEUE-001)', async () => {
    const scheduleId = randomUUID()
    const [first = '', second = ''] = people(2)
    await enterQueue(redis, { scheduleId, userId: first })
    await enterQueue(redis, { scheduleId, userId: second })
    const score = await redis.client.zscore(queueKey(scheduleId), first)
    await redis.client.pexpire(activeKey(first), 5_000)
    expect(await enterQueue(redis, { scheduleId, userId: first })).toMatchObject({
      outcome: 'waiting',
      ahead: 0,
      total: 2,
    })
    expect(await redis.client.zscore(queueKey(scheduleId), first)).toBe(score)
    expect(await redis.client.pttl(activeKey(first))).toBeGreaterThan(595_000)
  })

  test('by one user 100 times at once gives one place', async () => {
    const scheduleId = randomUUID()
    const userId = randomUUID()
    const entered = await Promise.all(
      people(100).map((_, index) => enterQueue(connection(index), { scheduleId, userId })),
    )
    const places = entered.map((reply) => reply.outcome === 'waiting' && [reply.ahead, reply.total, reply.scoreUs])
    expect(new Set(places.map(String)).size).toBe(1)
    expect(places[0]).toEqual([0, 1, Number(await redis.client.zscore(queueKey(scheduleId), userId))])
  })

  test('another schedule meanwhile is refused with the one the user is in (QUEUE-011)', async () => {
    const [scheduleId, other, userId] = [randomUUID(), randomUUID(), randomUUID()]
    await enterQueue(redis, { scheduleId, userId })
    expect(await enterQueue(redis, { scheduleId: other, userId })).toEqual({ outcome: 'elsewhere', scheduleId })
    expect(await redis.client.exists(queueKey(other))).toBe(0)
  })

  test('twenty schedules at once lets the user into exactly one', async () => {
    const userId = randomUUID()
    const entered = await Promise.all(
      people(20).map((scheduleId, index) => enterQueue(connection(index), { scheduleId, userId })),
    )
    expect(entered.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(1)
    expect(entered.filter(({ outcome }) => outcome === 'elsewhere')).toHaveLength(19)
  })

  test('after admission returns the token instead of a second place', async () => {
    const scheduleId = randomUUID()
    const userId = randomUUID()
    await enterQueue(redis, { scheduleId, userId })
    const { admitted } = await admitBatch(redis, scheduleId)
    expect(await enterQueue(redis, { scheduleId, userId })).toMatchObject({
      outcome: 'active',
      token: admitted[0]?.token,
    })
    expect(await redis.client.exists(queueKey(scheduleId))).toBe(0)
  })

  test('stops at the capacity, exactly, however many come at once; who is in may still ask (QUEUE-006)', async () => {
    const scheduleId = randomUUID()
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 50 })
    const users = people(200)
    const entered = await Promise.all(
      users.map((userId, index) => enterQueue(connection(index), { scheduleId, userId })),
    )
    expect(entered.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(50)
    expect(entered.filter(({ outcome }) => outcome === 'full')).toHaveLength(150)
    const inside = users[entered.findIndex(({ outcome }) => outcome === 'waiting')] ?? ''
    const refused = users[entered.findIndex(({ outcome }) => outcome === 'full')] ?? ''
    expect((await enterQueue(redis, { scheduleId, userId: inside })).outcome).toBe('waiting')
    expect(await redis.client.exists(activeKey(refused))).toBe(0)
  })

  test('a queue that is draining is refused, but not to those who are in it', async () => {
    const scheduleId = randomUUID()
    const [first = '', second = ''] = people(2)
    await enterQueue(redis, { scheduleId, userId: first })
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, draining: true })
    expect(await enterQueue(redis, { scheduleId, userId: second })).toEqual({ outcome: 'draining' })
    expect((await enterQueue(redis, { scheduleId, userId: first })).outcome).toBe('waiting')
  })

  test('after ten minutes without a sign gives a new place at the end', async () => {
    const scheduleId = randomUUID()
    const [gone = '', present = ''] = people(2)
    await enterQueue(redis, { scheduleId, userId: gone })
    await enterQueue(redis, { scheduleId, userId: present })
    await redis.client.del(activeKey(gone))
    expect(await enterQueue(redis, { scheduleId, userId: gone })).toMatchObject({
      outcome: 'waiting',
      ahead: 1,
      total: 2,
    })
  })

  test('a full queue does not refuse newcomers for places of people who have left without a word', async () => {
    const scheduleId = randomUUID()
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 5 })
    const users = Array.from({ length: 5 }, () => randomUUID())
    for (const userId of users) await enterQueue(redis, { scheduleId, userId })
    await redis.client.unlink(activeKey(users[1] ?? ''), activeKey(users[3] ?? ''))
    const newcomers = [randomUUID(), randomUUID(), randomUUID()]
    const replies = []
    for (const userId of newcomers) replies.push(await enterQueue(redis, { scheduleId, userId }))
    expect(replies).toMatchObject([
      { outcome: 'waiting', ahead: 3, total: 4 },
      { outcome: 'waiting', ahead: 4, total: 5 },
      { outcome: 'full' },
    ])
    const stay = [users[0], users[2], users[4], newcomers[0], newcomers[1]]
    expect(await redis.client.zrange(queueKey(scheduleId), 0, '-1')).toEqual(stay)
  })

  test('a full queue does not count the place the user has lost', async () => {
    const [scheduleId, userId] = [randomUUID(), randomUUID()]
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 1 })
    await enterQueue(redis, { scheduleId, userId })
    await redis.client.del(activeKey(userId))
    expect(await enterQueue(redis, { scheduleId, userId })).toMatchObject({ outcome: 'waiting', ahead: 0, total: 1 })
  })
})

describe('the order', () => {
  test('of 500 people at once over four connections: no two places are alike, and none is given twice', async () => {
    const scheduleId = randomUUID()
    const replies = await Promise.all(
      people(500).map((userId, index) => enterQueue(connection(index), { scheduleId, userId })),
    )
    const ranks = replies.map((reply) => (reply.outcome === 'waiting' ? reply.ahead : -1)).sort((a, b) => a - b)
    expect(ranks).toEqual(Array.from({ length: 500 }, (_, index) => index))
    const members = await redis.client.zrange(queueKey(scheduleId), 0, '-1', 'WITHSCORES')
    const scores = members.filter((_, index) => index % 2 === 1)
    expect(new Set(scores).size).toBe(500)
  })

  test('is the order of entry although the clock of Redis has gone back, so a place told once never gets worse', async () => {
    const scheduleId = randomUUID()
    const users = people(5)
    const [seconds] = await redis.client.time()
    const hourAheadUs = (Number(seconds) + 3_600) * 1_000_000
    await enterQueue(redis, { scheduleId, userId: users[0] ?? '' })
    await redis.client.zadd(queueKey(scheduleId), hourAheadUs, `${users[0]}`)
    await redis.client.hset(epochKey(scheduleId), { lastUs: hourAheadUs })
    for (const userId of users.slice(1)) await enterQueue(redis, { scheduleId, userId })
    expect(await redis.client.zrange(queueKey(scheduleId), 0, '-1')).toEqual(users)
  })

  test('is kept when the queue has been empty in between', async () => {
    const scheduleId = randomUUID()
    const [first = '', second = ''] = people(2)
    await enterQueue(redis, { scheduleId, userId: first })
    const firstScore = Number(await redis.client.zscore(queueKey(scheduleId), first))
    await admitBatch(redis, scheduleId)
    await enterQueue(redis, { scheduleId, userId: second })
    expect(Number(await redis.client.zscore(queueKey(scheduleId), second))).toBeGreaterThan(firstScore)
    expect((await readPlace(redis, { scheduleId, userId: second, pollsPerMinute: 15 })).outcome).toBe('waiting')
  })
})
