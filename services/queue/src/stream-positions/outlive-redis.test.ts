import { randomUUID } from 'node:crypto'
import { activeKey, closeQueue, enterQueue, epochKey, openQueue, pollsKey, queueKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testStreams } from './test-streams.ts'

const redis = testRedis()
const { open, crowd, admit, figure } = testStreams(redis)
const line = (scheduleId: string) => redis.client.zrange(queueKey(scheduleId), 0, '-1')

test('Redis loses everything: who only streams is back in the old order by itself, before whoever comes then', async () => {
  const { scheduleId, userIds } = await crowd(20)
  const sources = await Promise.all(userIds.toReversed().map((userId) => open(scheduleId, userId)))
  for (const source of sources) await source.next('position')
  await emptyRedis(redis)
  const newcomer = randomUUID()
  await enterQueue(redis, { scheduleId, userId: newcomer })
  await waitUntil(async () => (await line(scheduleId)).length === 21)
  expect(await line(scheduleId)).toEqual([...userIds, newcomer])
  for (const userId of userIds) expect(await redis.client.get(activeKey(userId))).toBe(scheduleId)
  for (const [index, source] of sources.entries()) {
    await waitUntil(() => source.events.at(-1)?.data.aheadOfYou === 19 - index)
    expect(source.events.every(({ event }) => event === 'position')).toBe(true)
    const [before, after] = [source.events[0], source.events.findLast(({ data }) => 'ticket' in data)]
    expect(after?.data.ticket).not.toBe(before?.data.ticket)
  }
})

test('Redis loses a sold-out queue: who only streams is back in the old order and is told once seats come back', async () => {
  const { scheduleId, userIds } = await crowd(3)
  const sources = await Promise.all(userIds.map((userId) => open(scheduleId, userId)))
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'test')
  for (const source of sources) await source.next('closed')
  // As after a loss once a tick has closed the queue again, which may be before anybody is asked for.
  const ofPeople = userIds.flatMap((userId) => [activeKey(userId), pollsKey(userId)])
  await redis.client.unlink(queueKey(scheduleId), epochKey(scheduleId), ...ofPeople)
  await waitUntil(async () => (await line(scheduleId)).length === 3)
  expect(await line(scheduleId)).toEqual(userIds)
  await openQueue(redis, scheduleId, 'test')
  for (const [ahead, source] of sources.entries()) {
    await waitUntil(() => source.events.at(-1)?.event === 'position')
    expect(source.events.at(-1)?.data).toMatchObject({ status: 'WAITING', aheadOfYou: ahead })
    expect(source.endedAtMs()).toBeNull()
  }
})

test('while Redis is away streams stay open and quiet; afterwards they go on', async () => {
  const { scheduleId, userIds } = await crowd(3)
  const source = await open(scheduleId, userIds[2])
  await source.next('position')
  redis.client.disconnect()
  const quietRounds = await figure('queue_stream_round_seconds_count')
  await waitUntil(async () => (await figure('queue_stream_round_seconds_count')) > quietRounds + 3)
  expect(source.endedAtMs()).toBeNull()
  expect(source.events).toHaveLength(1)
  await redis.client.connect()
  await admit(scheduleId)
  expect((await source.next('position', 1)).data.aheadOfYou).toBe(1)
})
