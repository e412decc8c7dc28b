import { randomUUID } from 'node:crypto'
import { testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { enterQueue } from './enter-queue.ts'
import { newcomersKey, queueKey } from './keys.ts'
import { defaultQueueConfig, type QueueConfig, writeQueueConfig } from './queue-config.ts'
import { ageKeys, redisNowMs } from './test-room.ts'

const redis = testRedis()
const terms = { baseBits: 10, maxBits: 14, freeAccountsPerAddress: 4, onlyCrowded: false }

async function openQueue(proofOfWork: QueueConfig['proofOfWork'] = terms, changes: Partial<QueueConfig> = {}) {
  const scheduleId = randomUUID()
  await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, proofOfWork, ...changes })
  return scheduleId
}

/** The bits that this account owes, 0 if it got a place. */
async function ask(scheduleId: string, userId: string = randomUUID(), network = 'carrier') {
  const entered = await enterQueue(redis, { scheduleId, userId, network })
  if (entered.outcome === 'waiting') return 0
  if (entered.outcome !== 'owing') throw new Error(entered.outcome)
  return entered.bits
}

async function askInTurn(scheduleId: string, count: number, network?: string) {
  const asked: number[] = []
  for (let account = 0; account < count; account += 1) asked.push(await ask(scheduleId, randomUUID(), network))
  return asked
}

test('one bit more is owed at each doubling of the accounts from one network, up to the most; other networks owe the base', async () => {
  const scheduleId = await openQueue()
  const expected = [
    10,
    10,
    10,
    10,
    ...Array(4).fill(11),
    ...Array(8).fill(12),
    ...Array(16).fill(13),
    ...Array(30).fill(14),
  ]
  expect(await askInTurn(scheduleId, expected.length)).toEqual(expected)
  expect(await ask(scheduleId, randomUUID(), 'another')).toBe(10)
  expect(await ask(await openQueue(), randomUUID())).toBe(10)
})

test('whoever asks for all the work before doing any of it is told the same as who does it one by one', async () => {
  const scheduleId = await openQueue()
  const asked = await Promise.all(Array.from({ length: 64 }, () => ask(scheduleId)))
  expect(asked.toSorted((a, b) => a - b)).toEqual([
    ...Array(4).fill(10),
    ...Array(4).fill(11),
    ...Array(8).fill(12),
    ...Array(16).fill(13),
    ...Array(32).fill(14),
  ])
})

test('asking again makes nothing cheaper and nothing dearer: an account keeps its turn', async () => {
  const scheduleId = await openQueue()
  const first = randomUUID()
  expect(await ask(scheduleId, first)).toBe(10)
  await askInTurn(scheduleId, 7)
  const last = randomUUID()
  for (let time = 0; time < 20; time += 1) {
    expect(await ask(scheduleId, last)).toBe(12)
    expect(await ask(scheduleId, first)).toBe(10)
  }
  expect(await ask(scheduleId)).toBe(12)
})

test('two minutes later the network owes the base again, and nothing is kept of it', async () => {
  const scheduleId = await openQueue()
  await askInTurn(scheduleId, 20)
  expect(await ask(scheduleId)).toBe(13)
  const key = newcomersKey(scheduleId, 'carrier')
  await ageKeys(redis, { keys: [key] }, { ms: 60_000 })
  expect(await ask(scheduleId)).toBe(13)
  await ageKeys(redis, { keys: [key] }, { ms: 60_001 })
  expect(await ask(scheduleId)).toBe(10)
  expect(await redis.client.zcard(key)).toBe(2)
  await ageKeys(redis, { keys: [key] }, { ms: 120_001 })
  expect(await redis.client.exists(key)).toBe(0)
})

test('with onlyCrowded the first accounts of a network owe nothing', async () => {
  const scheduleId = await openQueue({ ...terms, onlyCrowded: true })
  expect(await askInTurn(scheduleId, 9)).toEqual([0, 0, 0, 0, 11, 11, 11, 11, 12])
  expect(await redis.client.zcard(queueKey(scheduleId))).toBe(4)
})

test('the accounts of one network that are remembered are bounded, and beyond them the most is owed', async () => {
  const scheduleId = await openQueue()
  const nowMs = await redisNowMs(redis)
  const crowd = Array.from({ length: 10_000 }, (_, index) => [(nowMs - 1_000) * 1_000, `account ${index}`]).flat()
  await redis.client.zadd(newcomersKey(scheduleId, 'carrier'), ...crowd)
  expect(await askInTurn(scheduleId, 3)).toEqual([14, 14, 14])
  expect(await redis.client.zcard(newcomersKey(scheduleId, 'carrier'))).toBe(10_000)
})

test('work that counts gives the place, work that no longer counts does not, and neither is noted against the network', async () => {
  const scheduleId = await openQueue()
  const nowMs = await redisNowMs(redis)
  const late = await enterQueue(redis, { scheduleId, userId: randomUUID(), network: 'carrier', proofEndsMs: nowMs - 1 })
  expect(late).toEqual({ outcome: 'outdated' })
  const userId = randomUUID()
  const entered = await enterQueue(redis, { scheduleId, userId, network: 'carrier', proofEndsMs: nowMs + 60_000 })
  expect(entered).toMatchObject({ outcome: 'waiting', ahead: 0, total: 1 })
  expect(await redis.client.exists(newcomersKey(scheduleId, 'carrier'))).toBe(0)
})

test('a queue that is full or draining asks nobody for work that would be for nothing', async () => {
  const enter = (scheduleId: string) => enterQueue(redis, { scheduleId, userId: randomUUID(), network: 'carrier' })
  expect(await enter(await openQueue(terms, { draining: true }))).toEqual({ outcome: 'draining' })
  const scheduleId = await openQueue(null, { capacity: 1 })
  await enter(scheduleId)
  await writeQueueConfig(redis, scheduleId, { proofOfWork: terms })
  expect(await enter(scheduleId)).toEqual({ outcome: 'full' })
})

test('a queue that asks for nothing notes nothing about networks', async () => {
  const scheduleId = await openQueue(null)
  expect(await askInTurn(scheduleId, 50)).toEqual(Array(50).fill(0))
  expect(await redis.client.exists(newcomersKey(scheduleId, 'carrier'))).toBe(0)
})
