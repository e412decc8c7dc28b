import { activeKey, activeMs, admitBatch, admittedKey, arrivedKey, pollsKey, queueKey } from '@ticket-queue/lua/queue'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testStreams } from './test-streams.ts'

const redis = testRedis()
// A place is kept for ten minutes and renewed each minute; the test renews each tenth of a second a place with two seconds left.
const { open, crowd, figure } = testStreams(redis, { renewMs: 100, streamsMax: 8 })
const quiet = testStreams(redis, { heartbeatMs: 150 })

test('a place whose owner only streams is kept: it never comes to be a ghost, and the ticket stays fresh', async () => {
  const { scheduleId, userIds } = await crowd(2)
  const userId = userIds[1] ?? ''
  const source = await open(scheduleId, userId)
  const first = await source.next('position')
  await redis.client.pexpire(activeKey(userId), 2_000)
  await waitUntil(async () => (await redis.client.pttl(activeKey(userId))) > activeMs - 60_000)
  const renewed = await waitUntil(
    () => source.events.find(({ data }) => data.ticket !== undefined && data.ticket !== first.data.ticket) ?? null,
  )
  const told = await open(scheduleId, userId, { 'x-queue-ticket': renewed.data.ticket ?? '' })
  expect(told.status).toBe(200)
})

test('whoever is told the token by a stream is no no-show, and the stay inside is not lengthened', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const userId = userIds[0] ?? ''
  const source = await open(scheduleId, userId)
  await admitBatch(redis, scheduleId)
  await source.next('admitted')
  await waitUntil(async () => (await redis.client.sismember(arrivedKey(scheduleId), userId)) === 1)
  expect(await redis.client.zcard(admittedKey(scheduleId))).toBe(1)
})

test('a place that is lost all the same is told as lost, and not for ever shown', async () => {
  const { scheduleId, userIds } = await crowd(2)
  const userId = userIds[1] ?? ''
  const source = await open(scheduleId, userId)
  await source.next('position')
  await redis.client.unlink(activeKey(userId), pollsKey(userId))
  expect((await source.next('closed')).data.reason).toBe('NOT_QUEUED')
  expect(await redis.client.zscore(queueKey(scheduleId), userId)).toBeNull()
})

test('a quiet stream shows that it lives', async () => {
  const { scheduleId, userIds } = await quiet.crowd(1)
  const source = await quiet.open(scheduleId, userIds[0])
  await waitUntil(() => source.comments() >= 3)
  expect(source.events).toHaveLength(1)
  expect(source.endedAtMs()).toBeNull()
})

test('a person may open five streams; a sixth ends the oldest, which does not come back by itself', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const oldest = await open(scheduleId, userIds[0])
  for (let tab = 2; tab <= 5; tab += 1) await open(scheduleId, userIds[0])
  expect(oldest.endedAtMs()).toBeNull()
  const sixth = await open(scheduleId, userIds[0])
  const { id, data } = await oldest.next('closed')
  expect(data.reason).toBe('REPLACED')
  await waitUntil(() => oldest.endedAtMs() !== null)
  expect((await open(scheduleId, userIds[0], { 'last-event-id': id })).status).toBe(204)
  expect(sixth.endedAtMs()).toBeNull()
  expect(await figure('queue_streams_ended_total', { end: 'replaced' })).toBe(1)
})

test('a full process sends people to polling with 503, and has room again once streams have ended', async () => {
  await waitUntil(async () => (await figure('queue_streams_open')) === 0)
  const { scheduleId, userIds } = await crowd(9)
  const sources = await Promise.all(userIds.slice(0, 8).map((userId) => open(scheduleId, userId)))
  expect(sources.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
  expect(await figure('queue_streams_open')).toBe(8)
  const refused = await open(scheduleId, userIds[8])
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5'])
  sources[0]?.close()
  await waitUntil(async () => (await figure('queue_streams_open')) === 7)
  expect((await open(scheduleId, userIds[8])).status).toBe(200)
})
