import { randomUUID } from 'node:crypto'
import { enterQueue, epochKey, leaveQueue, logKey } from '@ticket-queue/lua/queue'
import { emptyRedis, testDatabase, testRedis } from '@ticket-queue/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createHeardEpochs } from '../heard-epochs.ts'
import type { Database } from '../store/database.ts'
import { admitUnaware, type TestDraws, testDraws } from '../test-draws.ts'
import { closeDraw } from './close-draw.ts'
import { conductDraw } from './conduct-draws.ts'

const redis = testRedis()
const { database } = await testDatabase<Database>('queue')
let draws: TestDraws
beforeAll(async () => {
  draws = await testDraws(redis, database)
})
afterAll(() => draws.close())

const ids = (people: readonly { userId: string }[]) => people.map(({ userId }) => userId)

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
    await emptyRedis(redis)
    await draws.place(scheduleId, people[2]?.userId ?? '', people[2]?.ticket)
    await draws.startSale(scheduleId)
    const patient = { ...(await draws.replica()), settleMs: 60_000 }
    await conductDraw(patient, draws.drawOf(scheduleId))
    await patient.draws.refresh()
    expect(patient.draws.of(scheduleId)?.status).toBe('COMMITTED')
    const [late = ''] = ids(await draws.crowd(scheduleId, 1))
    for (const { userId, ticket } of people) await draws.place(scheduleId, userId, ticket)
    await draws.conduct()
    expect(draws.drawOf(scheduleId).closed?.count).toBe(4)
    expect(await draws.line(scheduleId)).toEqual([...(await draws.drawnOrder(scheduleId, ids(people))), late])
  })

  test('between closing and placing: the kept roster decides, whoever comes back and in whatever order', async () => {
    const scheduleId = await draws.commit()
    const people = await draws.crowd(scheduleId, 15)
    await draws.startSale(scheduleId)
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

  test('after the publication: closing, order and publication stand in the log once more, in this order', async () => {
    const scheduleId = await draws.commit()
    await draws.crowd(scheduleId, 3)
    await draws.conduct()
    const url = `/queue/admin/schedules/${scheduleId}/draw/publish`
    expect((await draws.admin('POST', url, { whileOnSale: true })).statusCode).toBe(200)
    await emptyRedis(redis)
    for (let round = 0; round < 2; round += 1) await draws.conduct()
    const entries = await redis.client.xrange(logKey(scheduleId), '-', '+')
    const kinds = entries.map(([, [, kind]]) => kind)
    expect(kinds).toEqual(['epoch', 'draw-closed', 'drawn', 'draw-published'])
  })

  test('a replica that knows too little of the draw asks people to come again instead of guessing a place', async () => {
    const scheduleId = await draws.commit()
    const [person] = await draws.crowd(scheduleId, 5)
    await draws.conduct()
    await emptyRedis(redis)
    await draws.conduct()
    const { userId = '', ticket = '' } = person ?? {}
    const facts = draws.service.tickets.read({ scheduleId, userId }, ticket) ?? undefined
    const unaware = await enterQueue(redis, { scheduleId, userId, ticket: facts })
    expect(unaware).toEqual({ outcome: 'unclear' })
    expect(await draws.line(scheduleId)).toEqual([])
    expect((await draws.place(scheduleId, userId, ticket)).draw?.phase).toBe('DRAWN')
  })
})

describe('a replica cut off from PostgreSQL since before the commitment, when Redis has lost the draw too', () => {
  /** Whom it admits of a pre-queue and of a queue without a draw, to both of which people have come back; `again`: once it hears. */
  async function admitCutOff(askedAtMs?: () => number) {
    const cutOff = await draws.replica()
    const fifo = draws.service.openSchedule()
    const preQueue = await draws.commit({ closesInMs: 3_600_000 })
    const schedules = [preQueue, fifo]
    const people = await Promise.all(schedules.map((scheduleId) => draws.crowd(scheduleId, 3)))
    await emptyRedis(redis)
    for (const [at, scheduleId] of schedules.entries()) {
      for (const { userId, ticket } of people[at] ?? []) {
        const facts = draws.service.tickets.read({ scheduleId, userId }, ticket) ?? undefined
        await enterQueue(redis, { scheduleId, userId, ticket: facts })
      }
      await redis.client.hset(epochKey(scheduleId), { graceUntilMs: 1 })
    }
    const heard = createHeardEpochs(askedAtMs ?? cutOff.draws.askedAtMs)
    const { draws: known, rosters } = cutOff
    const admission = { ...draws.service.admission, draws: known, rosters, known: cutOff.known, heard }
    const admitted = async () => {
      for (let tick = 0; tick < 3; tick += 1) await draws.admit(admission)
      return Promise.all(schedules.map(async (scheduleId) => 3 - (await draws.line(scheduleId)).length))
    }
    const [ofPreQueue, ofFifo] = await admitted()
    await known.refresh()
    const [ofPreQueueAgain, ofFifoAgain] = await admitted()
    return { ofPreQueue, ofFifo, again: { ofPreQueue: ofPreQueueAgain, ofFifo: ofFifoAgain } }
  }

  test('admits nobody before PostgreSQL has told it the draws again', async () => {
    expect(await admitCutOff()).toEqual({ ofPreQueue: 0, ofFifo: 0, again: { ofPreQueue: 0, ofFifo: 3 } })
  })

  test('control: one that takes what it knew for all there is lets the pre-queue in by entry order', async () => {
    expect(await admitCutOff(() => Number.POSITIVE_INFINITY)).toMatchObject({ ofPreQueue: 3, ofFifo: 3 })
  })
})
