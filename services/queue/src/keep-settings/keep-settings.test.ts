import { randomUUID } from 'node:crypto'
import { createDatabase } from '@ticket-queue/database'
import {
  configKey,
  defaultQueueConfig,
  enterQueue,
  logKey,
  queueKey,
  readQueueConfig,
  schedulesKey,
  writeQueueConfig,
} from '@ticket-queue/lua/queue'
import { createLog } from '@ticket-queue/service-kit'
import { emptyRedis, testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { admitNow, admitWaiting } from '../admit-waiting/admit-waiting.ts'
import { createKnownSettings } from '../known-settings.ts'
import { createOutages } from '../outages.ts'
import type { Database } from '../store/database.ts'
import { keepSettings, readKeptSettings } from '../store/settings.ts'
import { startTestService, type TestService } from '../test-queue-service.ts'
import { keepSettingsJob } from './keep-settings.job.ts'
import { agreeOnSettings } from './keep-settings.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let service: TestService
beforeAll(async () => {
  service = await startTestService(redis)
})
beforeEach(() => redis.client.del(schedulesKey))
afterAll(() => service.close())

const log = createLog('queue-test', 'silent')

/** A process that has just been started. */
const process = () => ({ redis, db: database.db, settings: createKnownSettings(redis), log })
/** The one that answers people and administrators. */
const running = () => ({ redis, db: database.db, settings: service.admission.settings, log })
/** The way to Redis of a process that gets `words` instead of an answer after it has run one script. */
function awayAfterOneScript(words: string): typeof redis {
  let scripts = 0
  const evalsha = (...args: Parameters<typeof redis.client.evalsha>) => {
    scripts += 1
    return scripts > 1 ? Promise.reject(new Error(words)) : redis.client.evalsha(...args)
  }
  const client = new Proxy(redis.client, {
    get: (target, name) => (name === 'evalsha' ? evalsha : Reflect.get(target, name)),
  })
  return { ...redis, client }
}
const configure = (scheduleId: string, changes: object) =>
  service.as(randomUUID(), 'ADMIN')('PUT', `/queue/admin/schedules/${scheduleId}`, changes)

test('what is set before anybody waits is set again after a loss of Redis, though every process has been restarted', async () => {
  const scheduleId = service.openSchedule()
  const changes = {
    batchSize: 50,
    maxInside: 500,
    proofOfWork: { baseBits: 16, maxBits: 19, freeAccountsPerAddress: 8 },
  }
  const set = (await configure(scheduleId, changes)).json()
  await agreeOnSettings(running())
  await emptyRedis(redis)
  expect(await readQueueConfig(redis, scheduleId)).toEqual(defaultQueueConfig)
  const restarted = process()
  expect(await agreeOnSettings(restarted)).toBeGreaterThanOrEqual(1)
  expect(await readQueueConfig(redis, scheduleId)).toEqual(set)
  expect(await agreeOnSettings(restarted)).toBe(0)
})

test('a process admits nobody, and gives no newcomer a place, before it has heard how queues are run', async () => {
  const restarted = await startTestService(redis, { settings: createKnownSettings(redis) })
  const { admission } = restarted
  const scheduleId = restarted.openSchedule({ scheduleId: service.openSchedule() })
  const enter = (userId: string) => restarted.as(userId)('POST', '/queue/enter', { scheduleId })
  const waiting = () => redis.client.zcard(queueKey(scheduleId))
  await configure(scheduleId, { paused: true, capacity: 2 })
  await agreeOnSettings(running())
  await emptyRedis(redis)
  const holder = randomUUID()
  await enterQueue(redis, { scheduleId, userId: holder })
  await admitWaiting(admission)
  expect((await admitNow(admission, scheduleId)).size).toBe(0)
  expect((await enter(holder)).json()).toMatchObject({ status: 'WAITING', rank: 1 })
  const refused = await enter(randomUUID())
  expect([refused.statusCode, refused.json().code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
  expect(refused.headers['retry-after']).toBeDefined()
  expect(await waiting()).toBe(1)

  await agreeOnSettings({ ...running(), settings: admission.settings })
  expect((await enter(randomUUID())).statusCode).toBe(200)
  expect((await enter(randomUUID())).json().code).toBe('QUEUE_FULL')
  await admitWaiting(admission)
  expect(await waiting()).toBe(2)
  await configure(scheduleId, { paused: false })
  await admitWaiting(admission)
  expect(await waiting()).toBe(0)
  await restarted.close()
})

test('a process asks at once how queues are run', async () => {
  const restarted = process()
  // A pause between two runs never ends.
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  const job = keepSettingsJob({ ...restarted, outages: createOutages(log) })
  vi.useRealTimers()
  await waitUntil(() => restarted.settings.hasHeard())
  await job.close()
})

/** What PostgreSQL keeps of a schedule. */
const kept = async (scheduleId: string) =>
  (await readKeptSettings(database.db)).kept.find((one) => one.scheduleId === scheduleId)?.config

test('what is set just before its process is stopped is kept', async () => {
  const [before, scheduleId] = [service.openSchedule(), service.openSchedule()]
  await configure(before, { paused: true })
  const job = keepSettingsJob({ ...running(), outages: createOutages(log) })
  await waitUntil(async () => (await kept(before)) !== undefined)
  const set = (await configure(scheduleId, { paused: true, batchSize: 6 })).json()
  await job.close()
  expect(await kept(scheduleId)).toEqual(set)
})

test('what a process that was killed has set is kept by the others, though nobody waits', async () => {
  const scheduleId = service.openSchedule()
  await configure(scheduleId, { batchSize: 2 })
  await agreeOnSettings(running())
  const { config: set } = await writeQueueConfig(redis, scheduleId, { paused: true })
  await agreeOnSettings(process())
  expect(await kept(scheduleId)).toEqual(set)
})

test('what is set for the first time is kept with the answer, whatever becomes of the process', async () => {
  const fresh = await startTestService(redis, { database, settings: createKnownSettings(redis) })
  const scheduleId = fresh.openSchedule()
  const url = `/queue/admin/schedules/${scheduleId}`
  const set = (await fresh.as(randomUUID(), 'ADMIN')('PUT', url, { paused: true, batchSize: 4 })).json()
  expect(await kept(scheduleId)).toEqual(set)
  await fresh.close()
})

test('a queue that cannot be set again is told, and keeps no other queue waiting', async () => {
  const [brokenId, scheduleId] = [service.openSchedule(), service.openSchedule()]
  for (const id of [scheduleId, brokenId]) await configure(id, { maxInside: 30 })
  await agreeOnSettings(running())
  await emptyRedis(redis)
  await redis.client.set(logKey(brokenId), 'no log')
  const restarted = process()
  await expect(agreeOnSettings(restarted)).rejects.toThrow('WRONGTYPE')
  expect(restarted.settings.hasHeard()).toBe(true)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ maxInside: 30 })
  await redis.client.del(logKey(brokenId))
})

test.each([
  'Connection is closed.',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'TRYAGAIN Multiple keys request during rehashing of slot',
])('who loses Redis while settings are being set again has not heard of them all: %s', async (words) => {
  for (const id of [service.openSchedule(), service.openSchedule()]) await configure(id, { paused: true })
  await agreeOnSettings(running())
  await emptyRedis(redis)
  const restarted = process()
  await expect(agreeOnSettings({ ...restarted, redis: awayAfterOneScript(words) })).rejects.toThrow(words)
  expect(restarted.settings.hasHeard()).toBe(false)
  await agreeOnSettings(restarted)
  expect(restarted.settings.hasHeard()).toBe(true)
})

test('settings that cannot be read are told, and keep no other queue waiting', async () => {
  const [scheduleId, unreadableId] = [service.openSchedule(), randomUUID()]
  const set = (await configure(scheduleId, { maxInside: 40 })).json()
  await agreeOnSettings(running())
  await emptyRedis(redis)
  const row = { schedule_id: unreadableId, settings: JSON.stringify({ batchSize: 0 }), set_us: 1 }
  await database.db.insertInto('settings').values(row).execute()
  const restarted = process()
  await expect(agreeOnSettings(restarted)).rejects.toThrow(unreadableId)
  await database.db.deleteFrom('settings').where('schedule_id', '=', unreadableId).execute()
  expect(restarted.settings.hasHeard()).toBe(true)
  expect(await readQueueConfig(redis, scheduleId)).toEqual(set)
})

test('a pause that a fail-over has lost is set again by the next tick, over the older settings that it has brought', async () => {
  const scheduleId = service.openSchedule()
  await configure(scheduleId, { batchSize: 3 })
  await enterQueue(redis, { scheduleId, userId: randomUUID() })
  const older = await redis.client.hgetall(configKey(scheduleId))
  await configure(scheduleId, { paused: true })
  await admitWaiting(service.admission)
  await redis.client.multi().del(configKey(scheduleId)).hset(configKey(scheduleId), older).exec()
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: false })
  await admitWaiting(service.admission)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: true, batchSize: 3 })
})

test('a process that saw a rehearsal paused, and not that it was resumed, does not bring back the pause', async () => {
  const scheduleId = service.openSchedule()
  const other = process()
  other.settings.learn(scheduleId, await writeQueueConfig(redis, scheduleId, { paused: true }))
  await agreeOnSettings(other)
  await configure(scheduleId, { paused: false, batchSize: 7 })
  await agreeOnSettings(running())
  await agreeOnSettings(other)
  await emptyRedis(redis)
  for (const each of [other, process(), running()]) await agreeOnSettings(each)
  expect(await readQueueConfig(redis, scheduleId)).toMatchObject({ paused: false, batchSize: 7 })
})

test('what is set after a loss stays, and what is not given stays as it was, also by a clock that is behind that of before', async () => {
  const scheduleId = service.openSchedule()
  const aheadUs = (Date.now() + 3_600_000) * 1_000
  const config = { ...defaultQueueConfig, paused: true, maxInside: 500 }
  service.admission.settings.learn(scheduleId, { config, setUs: aheadUs })
  await agreeOnSettings(running())
  await emptyRedis(redis)
  expect((await configure(scheduleId, { batchSize: 4 })).json()).toEqual({ ...config, batchSize: 4 })
  for (const each of [process(), running()]) await agreeOnSettings(each)
  expect(await readQueueConfig(redis, scheduleId)).toEqual({ ...config, batchSize: 4 })
  expect(service.admission.settings.of(scheduleId)?.setUs).toBeGreaterThan(aheadUs)
})

test('a process that has heard nothing shows and changes what is kept where Redis has lost it', async () => {
  const fresh = await startTestService(redis, { database, settings: createKnownSettings(redis) })
  const scheduleId = fresh.openSchedule({ scheduleId: service.openSchedule() })
  const admin = fresh.as(randomUUID(), 'ADMIN')
  const url = `/queue/admin/schedules/${scheduleId}`
  const proofOfWork = { baseBits: 16, maxBits: 19, freeAccountsPerAddress: 8 }
  const set = (await configure(scheduleId, { paused: true, maxInside: 500, proofOfWork })).json()
  await agreeOnSettings(running())
  await emptyRedis(redis)
  expect((await admin('GET', url)).json()).toEqual(set)
  expect((await admin('PUT', url, { batchSize: 4 })).json()).toEqual({ ...set, batchSize: 4 })
  for (const each of [process(), running()]) await agreeOnSettings(each)
  expect(await readQueueConfig(redis, scheduleId)).toEqual({ ...set, batchSize: 4 })
  expect(await kept(scheduleId)).toEqual({ ...set, batchSize: 4 })
  await fresh.close()
})

test('where Redis has lost it a process shows what it knows, also while PostgreSQL is away', async () => {
  const scheduleId = service.openSchedule()
  const set = (await configure(scheduleId, { paused: true, batchSize: 3 })).json()
  await emptyRedis(redis)
  const url = `/queue/admin/schedules/${scheduleId}`
  expect((await service.as(randomUUID(), 'ADMIN')('GET', url)).json()).toEqual(set)
})

test('a queue is paused though PostgreSQL does not answer, long before it gives up', async () => {
  const fresh = await startTestService(redis, { database, settings: createKnownSettings(redis) })
  const scheduleId = fresh.openSchedule()
  await database.db.transaction().execute(async (holding) => {
    await sql`lock table queue_service.settings in access exclusive mode`.execute(holding)
    const noAnswer = () => null
    const givenUp = readKeptSettings(database.db).then(noAnswer, noAnswer)
    const url = `/queue/admin/schedules/${scheduleId}`
    const paused = fresh.as(randomUUID(), 'ADMIN')('PUT', url, { paused: true })
    expect((await Promise.race([paused, givenUp]))?.json()).toEqual({ ...defaultQueueConfig, paused: true })
  })
  await fresh.close()
})

test('a change after a fail-over is made to the settings that it has lost, and fits the limits among them', async () => {
  const scheduleId = service.openSchedule()
  await configure(scheduleId, { maxInside: 20 })
  const older = await redis.client.hgetall(configKey(scheduleId))
  const adaptive = { floorPerSecond: 1, ceilingPerSecond: 4, insideTarget: 100 }
  const lost = (await configure(scheduleId, { adaptive, maxInside: 70, paused: true })).json()
  await redis.client.multi().del(configKey(scheduleId)).hset(configKey(scheduleId), older).exec()
  const answer = await configure(scheduleId, { batchSize: 1_000, paused: false })
  expect(answer.json()).toEqual({ ...lost, batchSize: 4, paused: false })
  expect(await readQueueConfig(redis, scheduleId)).toEqual(answer.json())
})

test('what this process knows is set again at once: over older ones that were kept, and while PostgreSQL is away', async () => {
  const scheduleId = service.openSchedule()
  await configure(scheduleId, { batchSize: 3 })
  await agreeOnSettings(running())
  const set = (await configure(scheduleId, { paused: true })).json()
  await emptyRedis(redis)
  await agreeOnSettings(running())
  expect(await readQueueConfig(redis, scheduleId)).toEqual(set)
  await emptyRedis(redis)
  const away = createDatabase<Database>({ url: 'postgres://127.0.0.1:1/none' })
  await expect(agreeOnSettings({ ...running(), db: away.db })).rejects.toThrow('ECONNREFUSED')
  await away.close()
  expect(await readQueueConfig(redis, scheduleId)).toEqual(set)
})

test('older settings never replace later ones that are kept, whoever comes last', async () => {
  const scheduleId = randomUUID()
  const settings = (setUs: number) => ({ scheduleId, setUs, config: { ...defaultQueueConfig, batchSize: setUs } })
  for (const setUs of [5, 9, 7]) await keepSettings(database.db, settings(setUs))
  const { kept } = await readKeptSettings(database.db)
  expect(kept.filter((one) => one.scheduleId === scheduleId)).toEqual([settings(9)])
})
