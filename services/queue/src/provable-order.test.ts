import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { drawAnnouncementSchema, publishedDrawSchema, readCanonical, verifyDraw } from '@ticket-queue/draw'
import { logKey, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testDatabase, testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatewayKey, startTestEventService, type TestEventService } from './test-event-service.ts'
import { type Replica, type Replicas, testReplicas } from './test-replicas.ts'

const redis = testRedis()
const { url: databaseUrl } = await testDatabase('queue')
const { topicPrefix } = await testMessaging()
const directory = await mkdtemp(join(tmpdir(), 'draw-'))
const root = fileURLToPath(new URL('../../..', import.meta.url))
const adminId = randomUUID()
let event: TestEventService
let processes: Replicas
let replicas: Replica[]

beforeAll(async () => {
  event = await startTestEventService()
  processes = testReplicas(redis, event, { topicPrefix, databaseUrl })
  replicas = await Promise.all([processes.start(), processes.start()])
})
afterAll(async () => {
  processes.killAll()
  await event.close()
  await rm(directory, { recursive: true })
})

async function ask(replica: number, userId: string, method: string, path: string, body?: object) {
  const answer = await fetch(`${replicas[replica]?.address}${path}`, {
    method,
    headers: {
      'x-service-api-key': gatewayKey,
      'x-user-id': userId,
      'x-user-role': userId === adminId ? 'ADMIN' : 'USER',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) }
}

/** `npm run queue -- verify`, as a person runs it. */
async function verify(...args: string[]): Promise<number> {
  try {
    await promisify(execFile)(process.execPath, ['scripts/queue.ts', 'verify', ...args], { cwd: root })
    return 0
  } catch (error) {
    return (error as { code: number }).code
  }
}

const waitMs = { timeoutMs: 60_000, intervalMs: 100 }

async function admittedOrder(scheduleId: string): Promise<string[]> {
  const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
  const facts = entries.map(([, fields]) => new Map(fields.map((field, at) => [field, fields[at + 1] ?? ''])))
  return facts.filter((entry) => entry.get('k') === 'admitted').flatMap((entry) => (entry.get('u') ?? '').split(','))
}

test('two processes: committed to, entered, drawn at T-0, admitted in that order, published, and verified from the files', async () => {
  const nowMs = Date.now()
  const saleStartAt = new Date(nowMs + 12_000).toISOString()
  const scheduleId = event.openSchedule({ saleOpen: false, saleStartAt })
  await writeQueueConfig(redis, scheduleId, { batchSize: 5, intervalMs: 200 })
  const draws = `/queue/draws/${scheduleId}`
  const admin = (path: string, body: object) =>
    ask(0, adminId, 'POST', `/queue/admin/schedules/${scheduleId}/draw${path}`, body)
  const committed = await admin('', { opensAt: new Date(nowMs + 2_000).toISOString() })
  expect(committed.status).toBe(201)
  const announcement = readCanonical(drawAnnouncementSchema, committed.bytes)

  const userIds = Array.from({ length: 24 }, () => randomUUID())
  const enter = async (replica: number, userId: string) => ask(replica, userId, 'POST', '/queue/enter', { scheduleId })
  for (const [index, userId] of userIds.entries()) {
    await waitUntil(async () => (await enter(index % 2, userId)).status === 200, waitMs)
  }
  expect(await admittedOrder(scheduleId)).toEqual([])
  expect((await ask(1, userIds[0] ?? '', 'GET', `${draws}/receipt`)).status).toBe(409)
  expect((await ask(1, userIds[0] ?? '', 'GET', `${draws}/draw.json`)).status).toBe(409)

  await waitUntil(async () => (await admittedOrder(scheduleId)).length === userIds.length, waitMs)
  expect((await admin('/publish', {})).status).toBe(409)
  expect((await admin('/publish', { whileOnSale: true })).status).toBe(200)
  await waitUntil(async () => (await ask(1, adminId, 'GET', `${draws}/draw.json`)).status === 200, waitMs)

  const draw = (await ask(1, adminId, 'GET', `${draws}/draw.json`)).bytes
  const roster = (await ask(1, adminId, 'GET', `${draws}/roster.ndjson`)).bytes
  const receipts = await Promise.all(userIds.map((userId, index) => ask(index % 2, userId, 'GET', `${draws}/receipt`)))
  const positions = receipts.map(({ bytes }) => JSON.parse(bytes.toString()).position)
  const drawnOrder = userIds.toSorted(
    (one, other) => positions[userIds.indexOf(one)] - positions[userIds.indexOf(other)],
  )
  expect(await admittedOrder(scheduleId)).toEqual(drawnOrder)
  expect((await ask(0, randomUUID(), 'GET', `${draws}/receipt`)).status).toBe(404)

  const [drawFile, rosterFile, receiptFile] = ['draw.json', 'roster.ndjson', 'receipt.json'].map((name) =>
    join(directory, name),
  )
  const files = [drawFile, rosterFile, receiptFile] as [string, string, string]
  const contents = [draw, roster, receipts[3]?.bytes ?? Buffer.alloc(0)]
  const writeAll = () => Promise.all(files.map((file, at) => writeFile(file, contents[at] ?? '')))
  await writeAll()
  const facts = ['--commitment', announcement?.commitment ?? '', '--receipt', files[2], '--user', userIds[3] ?? '']
  expect(await verify(files[0], files[1], ...facts)).toBe(0)
  for (const [at, file] of files.entries()) {
    const changed = Buffer.from(contents[at] ?? '')
    const byte = Math.floor(changed.length / 2)
    changed[byte] = (changed[byte] ?? 0) ^ 1
    await writeFile(file, changed)
    expect(await verify(files[0], files[1], ...facts)).toBe(1)
    await writeAll()
  }

  expect(readCanonical(publishedDrawSchema, draw)).toMatchObject({ count: 24, commitment: announcement?.commitment })
  for (let byte = 0; byte < draw.length; byte += 13) {
    const changed = Buffer.from(draw)
    changed[byte] = (changed[byte] ?? 0) ^ 1
    expect((await verifyDraw(changed, [roster])).accepted).toBe(false)
  }
  for (let byte = 0; byte < roster.length; byte += 101) {
    const changed = Buffer.from(roster)
    changed[byte] = (changed[byte] ?? 0) ^ 1
    expect((await verifyDraw(draw, [changed])).accepted).toBe(false)
  }
}, 180_000)
