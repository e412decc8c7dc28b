import { blacklistToken } from '@ticket-queue/lua/token'
import { openEventSource, type TestEventSource, waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { entryAnswerSchema } from '../domain/describe-entry.ts'
import { asPerson } from '../test-buyers.ts'
import { testReplica } from '../test-replica.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'

const service = await testReservationService()
const { soldOut, giveBack, waiting, leave, passOn, lapse, offerOf } = waitingListOf(service)
const [here, brief] = await Promise.all([
  testReplica(service),
  testReplica(service, { places: { lastsMs: 200, streamsPerPersonMax: 1 } }),
])
const told = z.object({ list: z.array(entryAnswerSchema) })
const opened: TestEventSource<z.output<typeof told>>[] = []
afterEach(() => {
  for (const source of opened.splice(0)) source.close()
})
const open = async (userId: string, at = here, headers: Record<string, string> = {}) => {
  const url = `${at.server.address}/reservations/waiting-list/stream`
  const source = await openEventSource(url, { ...asPerson(userId), ...headers }, (data) => told.parse(data))
  opened.push(source)
  return source
}
const lastOf = (source: TestEventSource<z.output<typeof told>>) =>
  source.events.at(-1)?.data.list.map(({ status }) => status)

test('an offer reaches its owner by itself, as does its end, and nobody else is told', async () => {
  const { scheduleId, ticket } = await soldOut()
  const userId = uuidv7()
  const [mine, other] = [await open(userId), await open(uuidv7())]
  await waitUntil(() => lastOf(mine)?.length === 0)
  const place = await waiting(scheduleId, {}, userId)
  await waitUntil(() => lastOf(mine)?.join() === 'WAITING')
  await giveBack(ticket())
  await passOn(scheduleId)
  await waitUntil(() => lastOf(mine)?.join() === 'OFFERED')
  const offer = await offerOf(place)
  expect(mine.events.at(-1)?.data.list[0]?.offer).toEqual(offer)
  await lapse(offer.reservationId)
  await waitUntil(() => lastOf(mine)?.join() === 'EXPIRED')
  expect(new Set(mine.events.map(({ event }) => event))).toEqual(new Set(['places']))
  expect(other.events.map(({ data }) => data.list)).toEqual([[]])
})

test('who comes back is told only what has changed since, and a stream ends so that its client shows a token anew', async () => {
  const { scheduleId } = await soldOut()
  const userId = uuidv7()
  const place = await waiting(scheduleId, {}, userId)
  const first = await open(userId, brief)
  await waitUntil(() => lastOf(first)?.join() === 'WAITING')
  await waitUntil(() => first.endedAtMs() !== null)
  expect(first.retryMs.length).toBeGreaterThan(1)
  const again = await open(userId, here, { 'last-event-id': first.events.at(-1)?.id ?? '' })
  await leave(place)
  await waitUntil(() => again.events.length > 0)
  expect(again.events.map(({ data }) => data.list.map(({ status }) => status))).toEqual([['LEFT']])
})

test('a stream ends soon after the log-out and with its token, those with other tokens go on', async () => {
  const userId = uuidv7()
  const nowSeconds = Number((await service.redis.client.time())[0])
  const shown = (jti: string, expiresAt: number) => ({ 'x-token-id': jti, 'x-token-expires-at': String(expiresAt) })
  const jti = uuidv7()
  const hourly = await open(userId, here, shown(uuidv7(), nowSeconds + 3_600))
  const loggedOut = await open(userId, here, shown(jti, nowSeconds + 3_600))
  const ending = await open(userId, here, shown(uuidv7(), nowSeconds + 1))
  await waitUntil(() => ending.endedAtMs() !== null)
  expect(loggedOut.endedAtMs()).toBeNull()
  await blacklistToken(service.redis, jti, 3_600)
  await waitUntil(() => loggedOut.endedAtMs() !== null)
  expect(hourly.endedAtMs()).toBeNull()
})

test('a person has so many streams and no more, and nobody has one without being known', async () => {
  const userId = uuidv7()
  await open(userId, brief)
  expect((await open(userId, brief)).status).toBe(503)
  expect((await open(uuidv7(), brief)).status).toBe(200)
  const answer = await here.app.inject({ url: '/reservations/waiting-list/stream' })
  expect(answer.statusCode).toBe(401)
})
