import { randomUUID } from 'node:crypto'
import { emptyRedis, testRedis } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { bringBackSettings } from './bring-back-settings.ts'
import { closeQueue, openQueue } from './close-queue.ts'
import { endStays } from './end-stays.ts'
import { enterQueue } from './enter-queue.ts'
import { activeKey, admittedKey, logKey, logsKey, pollsKey } from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { defaultQueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { ticketOf } from './test-loss.ts'

const redis = testRedis()

const readLog = async (scheduleId: string) => {
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  return entries.map(([, fields]) =>
    Object.fromEntries(Array.from({ length: fields.length / 2 }, (_, i) => [fields[2 * i], fields[2 * i + 1]])),
  )
}
/** The log but for the epochs. */
const readDeeds = async (scheduleId: string) => (await readLog(scheduleId)).filter(({ k }) => k !== 'epoch')
const score = (reply: Parameters<typeof ticketOf>[0]) => String(ticketOf(reply).scoreUs)

test('coming, getting in, leaving and being lost stand in the log in the order in which they happened, once each', async () => {
  const scheduleId = randomUUID()
  const [first = '', second = '', ghost = '', last = ''] = Array.from({ length: 4 }, () => randomUUID())
  const scores: string[] = []
  for (const userId of [first, second, ghost, last]) scores.push(score(await enterQueue(redis, { scheduleId, userId })))
  await enterQueue(redis, { scheduleId, userId: first })
  await leaveQueue(redis, { scheduleId, userId: last })
  await leaveQueue(redis, { scheduleId, userId: last })
  await redis.client.del(activeKey(ghost))
  await admitBatch(redis, scheduleId)
  await revokeTokens(redis, { scheduleId, userId: first })
  await revokeTokens(redis, { scheduleId, userId: first })
  expect(await readLog(scheduleId)).toEqual([
    { k: 'epoch', e: expect.stringMatching(/^\d{16}$/), lost: '0' },
    ...[first, second, ghost, last].map((u, index) => ({ k: 'joined', u, s: scores[index] })),
    { k: 'left', u: last },
    { k: 'admitted', u: `${first},${second}`, s: scores.slice(0, 2).join() },
    { k: 'expired', u: ghost },
    { k: 'left', u: first, inside: '1' },
  ])
  expect(await redis.client.sismember(logsKey, scheduleId)).toBe(1)
})

test('a stay that ends is a no-show if the token was never fetched, and an ended one if it was', async () => {
  const scheduleId = randomUUID()
  const [came, stayedAway] = [randomUUID(), randomUUID()]
  for (const userId of [came, stayedAway]) await enterQueue(redis, { scheduleId, userId })
  await admitBatch(redis, scheduleId)
  expect(await endStays(redis, scheduleId)).toEqual({ outcome: 'ended', ended: 0, noShow: 0 })
  await readPlace(redis, { scheduleId, userId: came, pollsPerMinute: 15 })
  await redis.client.zadd(admittedKey(scheduleId), 1, came, 2, stayedAway)
  expect(await endStays(redis, scheduleId)).toEqual({ outcome: 'ended', ended: 2, noShow: 1 })
  expect((await readDeeds(scheduleId)).slice(-2)).toEqual([
    { k: 'no-show', u: stayedAway },
    { k: 'ended', u: came },
  ])
  expect(await admitBatch(redis, scheduleId)).toMatchObject({ ended: 0, inside: 0 })
})

test('a place given up by silence is logged by whoever finds it: a poll, an entry', async () => {
  const scheduleId = randomUUID()
  const [asks, enters] = [randomUUID(), randomUUID()]
  for (const userId of [asks, enters]) await enterQueue(redis, { scheduleId, userId })
  await redis.client.del(activeKey(asks), activeKey(enters), pollsKey(asks))
  await readPlace(redis, { scheduleId, userId: asks, pollsPerMinute: 15 })
  await enterQueue(redis, { scheduleId, userId: enters })
  expect((await readDeeds(scheduleId)).slice(2)).toEqual([
    { k: 'expired', u: asks },
    { k: 'expired', u: enters },
    { k: 'joined', u: enters, s: expect.any(String) },
  ])
})

test('who changed what stands in the log, its time in the entry: settings, pause, closing', async () => {
  const scheduleId = randomUUID()
  const admin = randomUUID()
  await writeQueueConfig(redis, scheduleId, { batchSize: 5, paused: true }, admin)
  await writeQueueConfig(redis, scheduleId, { paused: true }, admin)
  await writeQueueConfig(redis, scheduleId, { paused: false }, admin)
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'seats')
  await openQueue(redis, scheduleId, admin)
  const [seconds] = await redis.client.time()
  const [entry] = await redis.client.xrange(logKey(scheduleId), '-', '+', 'COUNT', 1)
  expect(Math.abs(Number(seconds) - Number(entry?.[0].split('-')[0]) / 1_000)).toBeLessThan(5)
  const log = (await readLog(scheduleId)).map(({ changes, ...rest }) =>
    changes === undefined ? rest : { ...rest, changes: JSON.parse(changes) },
  )
  expect(log).toEqual([
    { k: 'config', by: admin, changes: { batchSize: '5', paused: 'true' } },
    { k: 'paused', by: admin },
    { k: 'config', by: admin, changes: { paused: 'true' } },
    { k: 'config', by: admin, changes: { paused: 'false' } },
    { k: 'resumed', by: admin },
    { k: 'closed', reason: 'SOLD_OUT', by: 'seats' },
    { k: 'opened', by: admin },
  ])
})

test('a loss begins an epoch that is marked as one, and tells who was put back', async () => {
  const who = { scheduleId: randomUUID(), userId: randomUUID() }
  const ticket = ticketOf(await enterQueue(redis, who))
  await emptyRedis(redis)
  const back = ticketOf(await enterQueue(redis, { ...who, ticket }))
  await enterQueue(redis, { ...who, ticket })
  expect(await readLog(who.scheduleId)).toEqual([
    { k: 'epoch', e: String(back.epochUs), lost: '1' },
    { k: 'restored', u: who.userId, s: String(ticket.scoreUs) },
  ])
})

test('settings that were lost are set again once, and never over those of somebody who was quicker', async () => {
  const [lost, changed] = [randomUUID(), randomUUID()]
  const before = { config: { ...defaultQueueConfig, paused: true }, setUs: 1, closed: 'SOLD_OUT', lateMs: 0 } as const
  const brought = await Promise.all(Array.from({ length: 5 }, () => bringBackSettings(redis, lost, before)))
  expect(brought.filter(({ config }) => config)).toHaveLength(1)
  expect(brought.filter(({ closed }) => closed)).toHaveLength(1)
  expect((await readLog(lost)).map(({ k, by }) => [k, by])).toEqual([
    ['config', 'recovery'],
    ['closed', 'recovery'],
  ])
  await writeQueueConfig(redis, changed, { batchSize: 7 })
  await closeQueue(redis, changed, 'CANCELLED', 'admin')
  expect(await bringBackSettings(redis, changed, before)).toEqual({ config: false, closed: false })
})
