import { randomUUID } from 'node:crypto'
import { createDatabase } from '@ticket-queue/database'
import { admitBatch, drawKey, epochKey, leaveQueue, queueKey, writeQueueConfig } from '@ticket-queue/lua/queue'
import { createMetrics, ServiceCallError } from '@ticket-queue/service-kit'
import { testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knowDraws } from '../know-draws/know-draws.ts'
import type { Database } from '../store/database.ts'
import { readRoster } from '../store/draws.ts'
import { admitUnaware, type TestDraws, testDraws } from '../test-draws.ts'
import { closeDraw, fixMoment, keepEntrants, readEntrants } from './close-draw.ts'
import { conductDraw, conductDraws } from './conduct-draws.ts'
import { createDrawFigures } from './draw-figures.ts'
import { placeEverybody } from './order-draw.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let draws: TestDraws
beforeAll(async () => {
  draws = await testDraws(redis, database)
})
afterAll(() => draws.close())

const hourMs = 3_600_000
const never = new AbortController().signal
/** The value of the first line of the metrics that begins so. */
async function figure(name: string): Promise<number> {
  const line = (await draws.service.metrics.metrics()).split('\n').find((one) => one.startsWith(name))
  if (line === undefined) throw new Error(`there is no figure ${name}`)
  return Number(line.split(' ').at(-1))
}
const ids = (people: readonly { userId: string }[]) => people.map(({ userId }) => userId)

describe('before T-0', () => {
  test('people enter, have neither rank nor wait, and nobody is admitted, by whatever replica', async () => {
    const scheduleId = await draws.commit({ closesInMs: hourMs })
    const [first] = await draws.crowd(scheduleId, 12)
    await draws.conduct()
    await draws.admit()
    expect((await admitUnaware(redis, scheduleId)).admitted).toEqual([])
    expect(await draws.line(scheduleId)).toHaveLength(12)
    const place = await draws.place(scheduleId, first?.userId ?? '')
    expect(place).toMatchObject({
      status: 'WAITING',
      rank: null,
      aheadOfYou: null,
      estimatedWaitTime: null,
      outlook: null,
    })
    expect(place.draw).toMatchObject({
      phase: 'PRE_QUEUE',
      count: null,
      rosterDigest: null,
      index: null,
      position: null,
    })
    expect(place.pollAfterMs).toBeGreaterThanOrEqual(15_000)
    expect(place.pollAfterMs).toBeLessThanOrEqual(20_000)
  })

  test('it is the draw in Redis that holds them: without it a replica that has heard of none lets them in', async () => {
    const scheduleId = await draws.commit({ closesInMs: hourMs })
    await draws.crowd(scheduleId, 3)
    await redis.client.del(drawKey(scheduleId))
    expect((await admitUnaware(redis, scheduleId)).admitted).not.toEqual([])
  })

  test('a process that has never heard from PostgreSQL admits nobody', async () => {
    const scheduleId = draws.service.openSchedule()
    await draws.place(scheduleId, randomUUID())
    const { admission } = draws.service
    const deaf = { ...admission, draws: { ...admission.draws, hasHeard: () => false } }
    await draws.admit(deaf)
    expect(await draws.line(scheduleId)).toHaveLength(1)
    await draws.admit()
    expect(await draws.line(scheduleId)).toHaveLength(0)
  })
})

describe('at T-0', () => {
  test('everybody in the pre-queue is admitted in the drawn order, which is not the order of entering', async () => {
    const scheduleId = await draws.commit()
    await writeQueueConfig(redis, scheduleId, { batchSize: 40 })
    const people = await draws.crowd(scheduleId, 40)
    await draws.conduct()
    const order = await draws.drawnOrder(scheduleId, ids(people))
    expect(await draws.line(scheduleId)).toEqual(order)
    expect(order).not.toEqual(ids(people))
    const place = await draws.place(scheduleId, order[7] ?? '')
    expect(place).toMatchObject({ rank: 8, aheadOfYou: 7 })
    expect(place.draw).toMatchObject({
      phase: 'DRAWN',
      count: 40,
      position: 7,
      index: ids(people).indexOf(order[7] ?? ''),
    })
    const { admitted } = await admitBatch(redis, scheduleId, { draw: draws.drawOf(scheduleId).told })
    expect(ids(admitted)).toEqual(order)
  })

  test('replicas that close at once close once, with one order', async () => {
    for (let round = 0; round < 5; round += 1) {
      const scheduleId = await draws.commit()
      const people = await draws.crowd(scheduleId, 30)
      await draws.startSale(scheduleId)
      const replicas = await Promise.all(Array.from({ length: 4 }, () => draws.replica()))
      await Promise.all(replicas.map((replica) => conductDraws(replica, never)))
      await draws.conduct()
      await Promise.all(replicas.map((replica) => replica.draws.refresh()))
      const orders = replicas.map((replica) => replica.draws.of(scheduleId)?.drawn?.drawKey)
      expect(new Set(orders)).toEqual(new Set([draws.drawOf(scheduleId).drawn?.drawKey]))
      expect(await draws.line(scheduleId)).toEqual(await draws.drawnOrder(scheduleId, ids(people)))
    }
  })

  test('who leaves is in the roster and keeps nobody waiting; who comes late, or again, stands behind in order of coming', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 20)
    const draw = draws.drawOf(scheduleId)
    await draws.startSale(scheduleId)
    await closeDraw(draws.service.conducting, draw)
    const [gone = '', again = ''] = ids(people)
    await leaveQueue(redis, { scheduleId, userId: gone })
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    await leaveQueue(redis, { scheduleId, userId: again })
    await draws.place(scheduleId, again)
    await draws.conduct()
    const order = await draws.drawnOrder(scheduleId, ids(people))
    const staying = order.filter((userId) => userId !== gone && userId !== again)
    expect(await draws.line(scheduleId)).toEqual([...staying, late, again])
    expect(draws.drawOf(scheduleId).closed?.count).toBe(20)
    expect((await draws.place(scheduleId, late)).draw).toMatchObject({ phase: 'DRAWN', index: null, position: null })
    expect((await draws.place(scheduleId, again)).draw).toMatchObject({ index: null, position: null })
  })

  test('who enters after T-0, however long before the roster is closed, stands behind everybody drawn, first come, first served', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 12)
    const startedAtMs = await draws.startSale(scheduleId)
    const late = ids(await draws.crowd(scheduleId, 6))
    await draws.conduct()
    expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), ...late])
    const closedAt = new Date(startedAtMs).toISOString()
    expect(draws.drawOf(scheduleId).closed).toMatchObject({ count: 12, closedAt })
    const place = await draws.place(scheduleId, late[1] ?? '')
    expect(place).toMatchObject({ rank: 14, draw: { phase: 'DRAWN', index: null, position: null } })
    expect((await draws.service.as(late[1] ?? '')('GET', `/queue/draws/${scheduleId}/receipt`)).statusCode).toBe(404)
  })

  test('who came before the pre-queue opened, because the sale was open by then, is in the roster like everybody else', async () => {
    const scheduleId = await draws.commit({ schedule: { saleOpen: true } })
    const early = Array.from({ length: 8 }, () => randomUUID())
    for (const userId of early) await draws.place(scheduleId, userId)
    await redis.client.zadd(
      queueKey(scheduleId),
      ...early.flatMap((userId, at) => [draws.drawOf(scheduleId).told.opensUs - 9 + at, userId]),
    )
    const people = await draws.crowd(scheduleId, 8)
    await draws.conduct()
    expect(await draws.line(scheduleId)).toEqual(await draws.drawnOrder(scheduleId, [...early, ...ids(people)]))
  })

  test('a pre-queue that nobody came to opens like any queue', async () => {
    const scheduleId = await draws.commit()
    await draws.conduct()
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    const { admitted } = await admitBatch(redis, scheduleId, { draw: draws.drawOf(scheduleId).told })
    expect(ids(admitted)).toEqual([late])
  })

  test('a sale that has moved later moves T-0 with it', async () => {
    const scheduleId = await draws.commit()
    await draws.crowd(scheduleId, 2)
    const { conducting } = draws.service
    expect(conducting.draws.databaseNowMs()).toBeGreaterThan(draws.drawOf(scheduleId).closesAtMs)
    await conductDraw(conducting, draws.drawOf(scheduleId))
    expect(draws.drawOf(scheduleId).status).toBe('COMMITTED')
    const startedAtMs = await draws.startSale(scheduleId)
    await draws.conduct()
    expect(draws.drawOf(scheduleId)).toMatchObject({
      status: 'DRAWN',
      closed: { count: 2, closedAt: new Date(startedAtMs).toISOString() },
    })
  })
})

test('the event service away at T-0: the roster closes at the moment committed to', async () => {
  const scheduleId = await draws.commit({ closesInMs: 300 })
  await draws.crowd(scheduleId, 3)
  const { conducting } = draws.service
  const readSchedule = async () => {
    throw new ServiceCallError('no answer', { unreachable: true })
  }
  const { terms, closesAtMs } = draws.drawOf(scheduleId)
  const readUntilClosed = async () => {
    await conductDraw({ ...conducting, readSchedule }, draws.drawOf(scheduleId))
    await conducting.draws.refresh()
    return draws.drawOf(scheduleId).status === 'DRAWN'
  }
  const [late = ''] = ids(
    await waitUntil(async () => conducting.draws.databaseNowMs() > closesAtMs && draws.crowd(scheduleId, 1)),
  )
  // On a slow machine not all three were there in time.
  const inTime = await redis.client.zcount(queueKey(scheduleId), 0, closesAtMs * 1_000)
  await waitUntil(readUntilClosed)
  expect(draws.drawOf(scheduleId).closed).toMatchObject({ closedAt: terms.closesAt, count: inTime })
  expect((await draws.line(scheduleId)).at(-1)).toBe(late)
})

describe('a process that dies', () => {
  const steps = ['the moment', 'the roster', 'half of the places', 'all places'] as const
  test.each(steps)('after %s leaves another one to go on to the same order', async (last) => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 25)
    const dying = await draws.replica()
    const draw = draws.drawOf(scheduleId)
    const closedUs = (await fixMoment(dying, draw, await draws.startSale(scheduleId))) ?? 0
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    if (last !== 'the moment') {
      await keepEntrants(dying, draw, closedUs, await readEntrants(dying, draw, closedUs))
      await dying.draws.refresh()
    }
    const closed = dying.draws.of(scheduleId)
    if (closed && last !== 'the moment' && last !== 'the roster') {
      const epochUs = Number(await redis.client.hget(epochKey(scheduleId), 'us'))
      await placeEverybody(dying, closed, epochUs)
      // Somebody it has not come to.
      if (last === 'half of the places')
        await redis.client.zadd(queueKey(scheduleId), closedUs - 5, ids(people)[3] ?? '')
    }
    expect((await admitUnaware(redis, scheduleId)).admitted).toEqual([])
    expect((await draws.place(scheduleId, ids(people)[0] ?? '')).draw?.phase).toBe('DRAWING')

    await conductDraws(await draws.replica(), never)
    await draws.conduct()
    expect(draws.drawOf(scheduleId).closed?.closedAt).toBe(new Date(closedUs / 1_000).toISOString())
    expect(draws.drawOf(scheduleId).closed?.count).toBe(25)
    expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), late])
  })
})

test('PostgreSQL away at T-0: nobody is admitted and nobody loses a place; once it is back the draw goes on', async () => {
  const scheduleId = await draws.commit()
  const people = await draws.crowd(scheduleId, 8)
  await draws.startSale(scheduleId)
  const { conducting } = draws.service
  const draw = draws.drawOf(scheduleId)
  const away = createDatabase<Database>({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const failedBefore = await figure('queue_draw_failures_total')
  await conductDraws({ ...conducting, db: away.db }, never)
  expect(await figure('queue_draw_failures_total')).toBe(failedBefore + 1)
  await away.close()
  const [late = ''] = ids(await draws.crowd(scheduleId, 1))
  await draws.admit()
  expect(await draws.line(scheduleId)).toHaveLength(9)
  await draws.conduct()
  expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), late])
  expect(await readRoster(database.db, draw.id)).toHaveLength(8)
})

test('the figures tell how many draws there are of each status, and how long after T-0 a roster was closed', async () => {
  const [committedBefore, drawnBefore, closedBefore] = await Promise.all([
    figure('queue_draws{status="COMMITTED"'),
    figure('queue_draws{status="DRAWN"'),
    figure('queue_draw_close_lag_seconds_count'),
  ])
  await draws.commit({ closesInMs: hourMs })
  await draws.commit()
  expect(await figure('queue_draws{status="COMMITTED"')).toBe(committedBefore + 2)
  await draws.conduct()
  await draws.conduct()
  expect(await figure('queue_draws{status="COMMITTED"')).toBe(committedBefore + 1)
  expect(await figure('queue_draws{status="DRAWN"')).toBe(drawnBefore + 1)
  expect(await figure('queue_draw_close_lag_seconds_count')).toBe(closedBefore + 1)

  const [replica, metrics] = [await draws.replica(), createMetrics('replica')]
  createDrawFigures(metrics, replica)
  const missing = async () => (await metrics.getSingleMetric('queue_draw_rosters_missing')?.get())?.values[0]?.value
  expect(await missing()).toBeGreaterThan(0)
  await knowDraws(replica)
  expect(await missing()).toBe(0)
})
