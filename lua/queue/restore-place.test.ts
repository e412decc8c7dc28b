import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { beforeEach, describe, expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, epochKey, pollsKey, queueKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { activeMs, defaultRecovery, type TicketFacts } from './place-request.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { ticketOf } from './test-loss.ts'

const redis = testRedis()

interface Holder {
  scheduleId: string
  userId: string
  ticket: TicketFacts
}

let scheduleId: string
beforeEach(() => {
  scheduleId = randomUUID()
})

const enter = (userId: string = randomUUID()) => enterQueue(redis, { scheduleId, userId })
const pollsPerMinute = 15

/** People who wait, in order, each with a ticket. */
async function people(count: number): Promise<Holder[]> {
  const holders: Holder[] = []
  for (let person = 0; person < count; person += 1) {
    const userId = randomUUID()
    holders.push({ scheduleId, userId, ticket: ticketOf(await enter(userId)) })
  }
  return holders
}
const line = () => redis.client.zrange(queueKey(scheduleId), 0, '-1')
const scoreOf = async (userId: string) => Number(await redis.client.zscore(queueKey(scheduleId), userId))

describe('after a loss of Redis', () => {
  test('tickets put people back in the old order, whoever comes first, by entering or by asking; newcomers stand behind', async () => {
    const holders = await people(6)
    await emptyRedis(redis)
    const early = randomUUID()
    await enter(early)
    for (const [index, holder] of holders.toReversed().entries()) {
      const reply =
        index % 2 === 0 ? await enterQueue(redis, holder) : await readPlace(redis, { ...holder, pollsPerMinute })
      expect(reply).toMatchObject({ outcome: 'waiting', ahead: 0, scoreUs: holder.ticket.scoreUs })
    }
    const late = randomUUID()
    await enter(late)
    expect(await line()).toEqual([...holders.map(({ userId }) => userId), early, late])
  })

  test('a ticket used again, also 50 times at once, is the same place; the new ticket says so too', async () => {
    const [holder] = await people(1)
    if (holder === undefined) throw new Error('nobody')
    await emptyRedis(redis)
    const replies = await Promise.all(Array.from({ length: 50 }, () => enterQueue(redis, holder)))
    const tickets = replies.map(ticketOf)
    expect(new Set(tickets.map(({ scoreUs }) => scoreUs))).toEqual(new Set([holder.ticket.scoreUs]))
    expect(new Set(tickets.map(({ epochUs }) => epochUs)).size).toBe(1)
    await emptyRedis(redis)
    const again = await enterQueue(redis, { ...holder, ticket: tickets[0] })
    expect(ticketOf(again).scoreUs).toBe(holder.ticket.scoreUs)
    expect(ticketOf(again).epochUs).toBeGreaterThan(tickets[0]?.epochUs ?? 0)
  })

  test('a device without a ticket gets a new place, and one with it moves the same person up to the old one', async () => {
    const [first, second] = await people(2)
    if (first === undefined || second === undefined) throw new Error('nobody')
    await emptyRedis(redis)
    await enterQueue(redis, second)
    expect(await enter(first.userId)).toMatchObject({ outcome: 'waiting', ahead: 1 })
    const moved = await readPlace(redis, { ...first, pollsPerMinute })
    expect(moved).toMatchObject({ outcome: 'waiting', ahead: 0, scoreUs: first.ticket.scoreUs })
    expect(await line()).toEqual([first.userId, second.userId])
  })

  test('who was inside and has lost the stay is first in line again', async () => {
    const holders = await people(3)
    await writeQueueConfig(redis, scheduleId, { batchSize: 1 })
    const { admitted } = await admitBatch(redis, scheduleId)
    expect(admitted.map(({ userId }) => userId)).toEqual([holders[0]?.userId])
    await emptyRedis(redis)
    for (const holder of holders.toReversed()) await enterQueue(redis, holder)
    expect(await line()).toEqual(holders.map(({ userId }) => userId))
  })

  test('who asks without a ticket holds no place; who waits elsewhere meanwhile stays there', async () => {
    const [first, second] = await people(2)
    if (first === undefined || second === undefined) throw new Error('nobody')
    await emptyRedis(redis)
    expect((await readPlace(redis, { scheduleId, userId: first.userId, pollsPerMinute })).outcome).toBe('absent')
    const elsewhere = randomUUID()
    await enterQueue(redis, { scheduleId: elsewhere, userId: second.userId })
    expect(await enterQueue(redis, second)).toEqual({ outcome: 'elsewhere', scheduleId: elsewhere })
    expect((await readPlace(redis, { ...second, pollsPerMinute })).outcome).toBe('absent')
    expect(await redis.client.get(activeKey(second.userId))).toBe(elsewhere)
    expect(await line()).toEqual([])
  })

  test('a full queue still takes back those who were in it, and nobody else', async () => {
    const holders = await people(3)
    await emptyRedis(redis)
    await writeQueueConfig(redis, scheduleId, { ...defaultQueueConfig, capacity: 2 })
    const newcomers = [randomUUID(), randomUUID()]
    for (const userId of newcomers) await enter(userId)
    for (const holder of holders) expect((await enterQueue(redis, holder)).outcome).toBe('waiting')
    expect(await line()).toEqual([...holders.map(({ userId }) => userId), ...newcomers])
    expect((await enter()).outcome).toBe('full')
  })
})

describe('an old ticket brings nothing', () => {
  test('to who has left, been admitted or ended the stay since the loss', async () => {
    const holders = await people(4)
    const [unseen, left, admitted, bought] = holders
    if (unseen === undefined || left === undefined || admitted === undefined || bought === undefined) throw new Error()
    const knownUs = bought.ticket.scoreUs
    await emptyRedis(redis)
    await leaveQueue(redis, { ...unseen, knownUs })
    for (const holder of [left, admitted, bought]) await enterQueue(redis, holder)
    await leaveQueue(redis, left)
    await redis.client.hset(epochKey(scheduleId), { graceUntilMs: 1 })
    expect((await admitBatch(redis, scheduleId)).admitted).toHaveLength(2)
    for (const { userId } of [admitted, bought]) await revokeTokens(redis, { scheduleId, userId })
    await enter()
    for (const holder of holders) {
      expect((await readPlace(redis, { ...holder, pollsPerMinute })).outcome).toBe('absent')
      expect(ticketOf(await enterQueue(redis, holder)).scoreUs).toBeGreaterThan(knownUs)
    }
  })

  test('in the epoch it comes from: who leaves and enters again stands at the end', async () => {
    const [holder] = await people(2)
    if (holder === undefined) throw new Error('nobody')
    await leaveQueue(redis, holder)
    expect(await readPlace(redis, { ...holder, pollsPerMinute })).toEqual({ outcome: 'absent' })
    expect(await enterQueue(redis, holder)).toMatchObject({ outcome: 'waiting', ahead: 1 })
  })

  test('once the time for coming back is over', async () => {
    const [holder] = await people(1)
    if (holder === undefined) throw new Error('nobody')
    await emptyRedis(redis)
    await enter()
    await redis.client.hset(epochKey(scheduleId), { restoreUntilMs: 1 })
    expect(await readPlace(redis, { ...holder, pollsPerMinute })).toEqual({ outcome: 'absent' })
    expect(await enterQueue(redis, holder)).toMatchObject({ outcome: 'waiting', ahead: 1 })
  })

  test('if its owner had not been heard of for ten minutes when the loss came', async () => {
    const [silent, recent] = await people(2)
    if (silent === undefined || recent === undefined) throw new Error('nobody')
    const lostMs = Math.ceil(recent.ticket.scoreUs / 1_000)
    await emptyRedis(redis)
    const old = { ...silent.ticket, atMs: lostMs - activeMs - 1_000 }
    const justInTime = { ...recent.ticket, atMs: lostMs - activeMs + 1_000 }
    expect((await enterQueue(redis, { ...recent, ticket: justInTime })).outcome).toBe('waiting')
    expect(await enterQueue(redis, { ...silent, ticket: old })).toMatchObject({ outcome: 'waiting', ahead: 1 })
  })
})

describe('a loss is noticed', () => {
  test('not at the first opening: nobody is held back', async () => {
    await people(3)
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ heldMs: 0, waiting: 0, inside: 3 })
  })

  test('by a service that has seen the queue before, and holds admission for the grace alone', async () => {
    const holders = await people(3)
    const { lastUs } = await admitBatch(redis, scheduleId, { knownUs: 0, recovery: defaultRecovery })
    await emptyRedis(redis)
    await enter()
    const held = await admitBatch(redis, scheduleId, { knownUs: lastUs })
    expect(held.admitted).toEqual([])
    expect(held.heldMs).toBeGreaterThan(5_000)
    expect(held.heldMs).toBeLessThanOrEqual(6_000)
    await redis.client.hset(epochKey(scheduleId), { graceUntilMs: 1 })
    expect(await admitBatch(redis, scheduleId, { knownUs: held.lastUs })).toMatchObject({ heldMs: 0, inside: 1 })
    expect(holders).toHaveLength(3)
  })

  test('by the first ticket of an older epoch, where no service remembers anything', async () => {
    const [holder] = await people(1)
    await emptyRedis(redis)
    await enter()
    expect((await admitBatch(redis, scheduleId)).admitted).toHaveLength(1)
    if (holder !== undefined) await enterQueue(redis, holder)
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ admitted: [], waiting: 1 })
  })

  test('by a service that has seen a place which a fail-over has forgotten: its owner comes back, numbers go on', async () => {
    const holders = await people(4)
    const { lastUs } = await admitBatch(redis, scheduleId, { recovery: defaultRecovery, knownUs: 0 })
    const [third, fourth] = [ticketOf(await enter()), randomUUID()]
    const latest = ticketOf(await enter(fourth))
    // The new primary has not seen the last entry.
    await redis.client.zrem(queueKey(scheduleId), fourth)
    await redis.client.del(activeKey(fourth), pollsKey(fourth))
    await redis.client.hset(epochKey(scheduleId), { lastUs: String(third.scoreUs) })
    expect(lastUs).toBeLessThan(latest.scoreUs)
    const newcomer = ticketOf(await enterQueue(redis, { scheduleId, userId: randomUUID(), knownUs: latest.scoreUs }))
    expect(newcomer.epochUs).toBeGreaterThan(latest.epochUs)
    expect(newcomer.scoreUs).toBeGreaterThan(latest.scoreUs)
    const back = await readPlace(redis, { scheduleId, userId: fourth, ticket: latest, pollsPerMinute })
    expect(back).toMatchObject({ outcome: 'waiting', ahead: 1, scoreUs: latest.scoreUs })
    expect((await admitBatch(redis, scheduleId)).heldMs).toBeGreaterThan(0)
    expect(holders).toHaveLength(4)
  })

  test('also on a server whose clock is an hour behind: newcomers stand behind all who were before', async () => {
    const [holder] = await people(1)
    if (holder === undefined) throw new Error('nobody')
    const hourUs = 3_600_000_000
    const { epochUs, scoreUs, atMs } = holder.ticket
    const ahead = { epochUs: epochUs + hourUs, scoreUs: scoreUs + hourUs, atMs: atMs + hourUs / 1_000 }
    await emptyRedis(redis)
    const newcomer = randomUUID()
    await enterQueue(redis, { scheduleId, userId: newcomer, knownUs: ahead.scoreUs })
    expect(await scoreOf(newcomer)).toBeGreaterThan(ahead.scoreUs)
    expect(await enterQueue(redis, { ...holder, ticket: ahead })).toMatchObject({ outcome: 'waiting', ahead: 0 })
    expect((await admitBatch(redis, scheduleId)).heldMs).toBeGreaterThan(0)
    await redis.client.hset(epochKey(scheduleId), { graceUntilMs: 1 })
    expect((await admitBatch(redis, scheduleId)).admitted).toHaveLength(2)
  })

  test('not by a clock that has gone back while Redis has forgotten nothing: nobody is held back', async () => {
    await people(2)
    await redis.client.hset(epochKey(scheduleId), { isLoss: 1, beganMs: 9e12, graceUntilMs: 9e12 + 6_000 })
    expect(await admitBatch(redis, scheduleId)).toMatchObject({ heldMs: 0, inside: 2 })
  })
})
