import { createDatabase } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { createMetrics } from '@ticket-queue/service-kit'
import { v7 as uuidv7 } from 'uuid'
import { afterAll, afterEach, expect, test } from 'vitest'
import { buildApp, buildInternalApp } from './app.ts'
import { databaseDeps, redisDeps } from './build-deps.ts'
import { createLiveSeats } from './states/live-seats.ts'
import type { Database } from './store/database.ts'
import { asPerson, type Buyer, outcome, paymentKey } from './test-buyers.ts'
import type { Misbehaviour } from './test-neighbours.ts'
import { testReservationService } from './test-reservation-service.ts'

const { app, deps, neighbours, scene, held, hold, traces, release, reservation } = await testReservationService()
const nowhere = createDatabase<Database>({ url: 'postgres://nobody:nothing@127.0.0.1:1/nothing' })
const noRedis = createRedis({ url: 'redis://127.0.0.1:1', failFast: true })
const withoutDatabase = { ...deps, metrics: createMetrics('reservation'), ...databaseDeps(nowhere.db, deps) }
const withoutRedis = {
  ...deps,
  metrics: createMetrics('reservation'),
  ...redisDeps(noRedis),
  liveSeats: createLiveSeats({ ...deps, redis: noRedis }),
}
/** Redis goes away once it has said whose turn it is. */
const losingRedis = {
  ...withoutRedis,
  metrics: createMetrics('reservation'),
  readQueueToken: deps.readQueueToken,
}
const pairOf = (own: typeof withoutDatabase | typeof withoutRedis) => {
  const publicApp = buildApp(own)
  return { app: publicApp, internal: buildInternalApp(own, publicApp) }
}
const apps = { database: pairOf(withoutDatabase), redis: pairOf(withoutRedis), losing: pairOf(losingRedis) }
afterEach(() => neighbours.misbehave(null))
afterAll(async () => {
  for (const pair of Object.values(apps)) {
    await pair.app.close()
    await pair.internal.close()
  }
  await nowhere.close()
  await noRedis.close()
})

const holdAt = (on: typeof app, { scheduleId, headers }: Buyer, seatIds: readonly string[]) =>
  on.inject({ method: 'POST', url: '/reservations/hold', headers, payload: { scheduleId, seatIds } })
const unavailable = (response: Awaited<ReturnType<typeof holdAt>>) => {
  expect(outcome(response)).toBe('503 SERVICE_UNAVAILABLE')
  expect(Number(response.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  expect(response.body).not.toMatch(/127\.0\.0\.1|postgres|redis|ECONN/i)
}

test.each<Misbehaviour>(['error', 'nonsense', 'hang-up'])(
  'an event service that answers with %s is a 503, holds nothing, and is forgotten once it is back',
  async (how) => {
    const { buyer, scheduleId, seatIds } = await scene()
    neighbours.misbehave(how)
    unavailable(await hold(buyer, seatIds))
    unavailable(await app.inject({ url: `/reservations/seats/${scheduleId}`, headers: buyer.headers }))
    neighbours.misbehave(null)
    expect(await traces(scheduleId)).toEqual({ reservations: [], seats: [], events: [], locks: {} })
    expect(outcome(await hold(buyer, seatIds))).toBe('201')
  },
)

test.each<Misbehaviour>(['error', 'nonsense', 'hang-up'])(
  'a queue service that answers with %s is a 503; the hold stands and a repeat brings the token',
  async (how) => {
    const { buyer, scheduleId, seatIds } = await scene()
    await deps.catalogue.schedule(scheduleId)
    await deps.catalogue.inventory(scheduleId)
    neighbours.misbehave(how)
    unavailable(await hold(buyer, seatIds))
    neighbours.misbehave(null)
    const { reservations } = await traces(scheduleId)
    expect(await held(buyer, seatIds)).toMatchObject({
      reservationId: reservations[0]?.id,
      paymentToken: expect.stringMatching(/^qp_/),
    })
  },
)

test('a database that is away is a 503 everywhere, and the seats do not stay locked', async () => {
  const { buyer, scheduleId, seatIds } = await scene()
  unavailable(await holdAt(apps.database.app, buyer, seatIds))
  expect((await traces(scheduleId)).locks).toEqual({})
  const person = asPerson(buyer.userId)
  unavailable(await apps.database.app.inject({ url: '/reservations', headers: person }))
  unavailable(await apps.database.app.inject({ url: `/reservations/${uuidv7()}`, headers: person }))
  unavailable(
    await apps.database.app.inject({ method: 'DELETE', url: `/reservations/hold/${uuidv7()}`, headers: person }),
  )
  const url = `/internal/reservations/${uuidv7()}/begin-payment`
  const payload = { paymentId: uuidv7(), userId: uuidv7(), amount: 1 }
  const headers = { 'x-service-api-key': paymentKey }
  unavailable(await apps.database.internal.inject({ method: 'POST', url, headers, payload }))
})

test('a Redis that is away is a 503 for what needs a turn, and nothing is held', async () => {
  const { buyer, scheduleId, seatIds } = await scene()
  for (const pair of [apps.redis, apps.losing]) unavailable(await holdAt(pair.app, buyer, seatIds))
  unavailable(await apps.redis.app.inject({ url: `/reservations/seats/${scheduleId}`, headers: buyer.headers }))
  expect((await traces(scheduleId)).reservations).toEqual([])
})

test('a Redis that is away does not keep a person from giving seats back or reading what is theirs', async () => {
  const { buyer, seatIds } = await scene()
  const { reservationId } = await held(buyer, seatIds)
  const { headers } = buyer
  const released = await apps.redis.app.inject({
    method: 'DELETE',
    url: `/reservations/hold/${reservationId}`,
    headers,
  })
  expect(outcome(released)).toBe('204')
  expect((await reservation(reservationId)).status).toBe('CANCELLED')
  expect(outcome(await apps.redis.app.inject({ url: '/reservations', headers }))).toBe('200')
  expect(outcome(await release(buyer, reservationId))).toBe('204')
})
