import { randomUUID } from 'node:crypto'
import { admitBatch, drawKey, enterQueue, leaveQueue, readUndrawn, writeQueueConfig } from '@ticket-queue/lua/queue'
import { emptyRedis, testDatabase, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { readRoster } from '../store/draws.ts'
import { admitUnaware, type TestDraws, testDraws } from '../test-draws.ts'
import { closeDraw, fixMoment, keepEntrants, readEntrants } from './close-draw.ts'
import { conductDraw, conductDraws } from './conduct-draws.ts'
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
    const { admitWaiting } = await import('../admit-waiting/admit-waiting.ts')
    await admitWaiting(deaf)
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
    const readSchedule = async () => {
      const schedule = await conducting.readSchedule(scheduleId)
      return schedule && { ...schedule, saleStartAt: new Date(conducting.draws.databaseNowMs() + hourMs).toISOString() }
    }
    await conductDraw({ ...conducting, readSchedule }, draws.drawOf(scheduleId))
    expect(draws.drawOf(scheduleId).status).toBe('COMMITTED')
    await draws.conduct()
    expect(draws.drawOf(scheduleId).status).toBe('DRAWN')
  })
})

describe('a process that dies', () => {
  const steps = ['the moment', 'the roster', 'half of the places', 'all places'] as const
  test.each(steps)('after %s leaves another one to go on to the same order', async (last) => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 25)
    const dying = await draws.replica()
    const draw = draws.drawOf(scheduleId)
    const closedUs = (await fixMoment(dying, draw, draw.closesAtMs)) ?? 0
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    if (last !== 'the moment') {
      await keepEntrants(dying, draw, closedUs, await readEntrants(dying, draw, closedUs))
      await dying.draws.refresh()
    }
    const closed = dying.draws.of(scheduleId)
    if (closed && last !== 'the moment' && last !== 'the roster') {
      const epochUs = Number(await redis.client.hget(`queue:epoch:${scheduleId}`, 'us'))
      await placeEverybody(dying, closed, epochUs)
      // Somebody it has not come to.
      if (last === 'half of the places')
        await redis.client.zadd(`queue:${scheduleId}`, closedUs - 5, ids(people)[3] ?? '')
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

describe('Redis is emptied', () => {
  test('before T-0: tickets bring people back into the pre-queue, and still nobody is admitted', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 10)
    await emptyRedis(redis)
    for (const { userId, ticket } of people.toReversed()) await draws.place(scheduleId, userId, ticket)
    expect((await admitUnaware(redis, scheduleId)).admitted).toEqual([])
    expect(await draws.line(scheduleId)).toEqual(ids(people))
    await draws.conduct()
    expect(draws.drawOf(scheduleId).closed?.count).toBe(10)
    expect(await draws.line(scheduleId)).toEqual(await draws.drawnOrder(scheduleId, ids(people)))
  })

  test('shortly before T-0: the roster stays open until people have had the time to come back', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 4)
    await draws.conduct()
    const other = await draws.commit()
    const lost = await draws.crowd(other, 4)
    await emptyRedis(redis)
    const patient = { ...(await draws.replica()), settleMs: 60_000 }
    // It has not seen this queue, and nobody has come back yet: the new epoch alone shows the loss.
    await redis.client.hset(`queue:epoch:${other}`, {
      us: '1',
      beganMs: '9999999999999',
      lastUs: '1',
      graceUntilMs: 0,
      restoreUntilMs: 0,
      lostUs: 0,
      isLoss: 0,
    })
    await redis.client.del(`queue:epoch:${other}`)
    await draws.place(other, lost[2]?.userId ?? '', lost[2]?.ticket)
    await conductDraw(patient, draws.drawOf(other))
    expect(draws.drawOf(other).status).toBe('COMMITTED')
    expect(await readUndrawn(redis, other)).toBe(true)
    for (const { userId, ticket } of lost) await draws.place(other, userId, ticket)
    await draws.conduct()
    expect(draws.drawOf(other).closed?.count).toBe(4)
    expect(people).toHaveLength(4)
  })

  test('between closing and placing: the kept roster decides, whoever comes back and in whatever order', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 15)
    await closeDraw(draws.service.conducting, draws.drawOf(scheduleId))
    await draws.service.conducting.rosters.load(draws.drawOf(scheduleId))
    await emptyRedis(redis)
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    for (const { userId, ticket } of people) await draws.place(scheduleId, userId, ticket)
    expect((await admitUnaware(redis, scheduleId)).admitted).toEqual([])
    await draws.conduct()
    expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), late])
  })

  test('after the draw: a ticket from before gives the drawn place, one of a stranger to the roster the end', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 15)
    const [outsider] = await draws.crowd(scheduleId, 1)
    await leaveQueue(redis, { scheduleId, userId: outsider?.userId ?? '' })
    await draws.conduct()
    const order = await draws.drawnOrder(scheduleId, ids(people))
    const [late] = await draws.crowd(scheduleId, 1)
    const withDrawn = await Promise.all(people.slice(0, 7).map(({ userId }) => draws.place(scheduleId, userId)))
    await emptyRedis(redis)
    const newcomer = await draws.place(scheduleId, randomUUID())
    expect(newcomer.draw?.phase).toBe('DRAWING')
    await draws.place(scheduleId, outsider?.userId ?? '', outsider?.ticket)
    await draws.place(scheduleId, late?.userId ?? '', late?.ticket)
    for (const [index, { userId, ticket }] of people.entries()) {
      await draws.place(scheduleId, userId, withDrawn[index]?.ticket ?? ticket)
    }
    expect((await admitUnaware(redis, scheduleId)).admitted).toEqual([])
    await draws.conduct()
    const line = await draws.line(scheduleId)
    expect(line.slice(0, 16)).toEqual([...order, late?.userId])
    expect(line).toHaveLength(18)
    expect(line.at(-1)).toBe(outsider?.userId)
  })

  test('a replica that knows too little of the draw asks people to come again instead of guessing a place', async () => {
    const scheduleId = await draws.commit()
    const [person] = await draws.crowd(scheduleId, 5)
    await draws.conduct()
    await emptyRedis(redis)
    await draws.conduct()
    const facts = draws.service.as(person?.userId ?? '')
    const tickets = await import('../place-ticket.ts')
    const ticket = tickets
      .createPlaceTickets([{ id: 'test', secret: Buffer.alloc(32, 7) }])
      .read({ scheduleId, userId: person?.userId ?? '' }, person?.ticket ?? '')
    const unaware = await enterQueue(redis, { scheduleId, userId: person?.userId ?? '', ticket: ticket ?? undefined })
    expect(unaware).toEqual({ outcome: 'unclear' })
    expect(await draws.line(scheduleId)).toEqual([])
    expect((await facts('POST', '/queue/enter', { scheduleId, ticket: person?.ticket })).statusCode).toBe(200)
  })
})

test('PostgreSQL away at T-0: nobody is admitted and nobody loses a place; once it is back the draw goes on', async () => {
  const scheduleId = await draws.commit()
  const people = await draws.crowd(scheduleId, 8)
  const { conducting } = draws.service
  const draw = draws.drawOf(scheduleId)
  const { createDatabase } = await import('@ticket-queue/database')
  const away = createDatabase<Database>({ url: 'postgres://nobody@127.0.0.1:1/none' })
  await expect(closeDraw({ ...conducting, db: away.db }, draw)).rejects.toThrow()
  await away.close()
  const [late = ''] = ids(await draws.crowd(scheduleId, 1))
  await draws.admit()
  expect(await draws.line(scheduleId)).toHaveLength(9)
  await draws.conduct()
  expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), late])
  expect(await readRoster(database.db, draw.id)).toHaveLength(8)
})
