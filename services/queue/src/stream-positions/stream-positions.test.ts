import { randomUUID } from 'node:crypto'
import { closeQueue, openQueue, readQueueToken } from '@ticket-queue/lua/queue'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { testStreams } from './test-streams.ts'

const redis = testRedis()
const streams = testStreams(redis)
const { open, crowd, admit } = streams

test('the present place is told at once with all that a poll tells, then each place that is lower', async () => {
  const { scheduleId, userIds } = await crowd(4)
  const source = await open(scheduleId, userIds[3])
  expect([source.status, source.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect(source.headers['cache-control']).toBe('no-store, no-transform')
  const { data, id } = await source.next('position')
  expect(data).toMatchObject({ status: 'WAITING', scheduleId, rank: 4, aheadOfYou: 3, token: null })
  expect(data.ticket).toMatch(/^[\w-]+\.[\w-]+$/)
  expect(id).toBe('1')
  expect(source.retryMs[0]).toBeGreaterThanOrEqual(1_000)
  for (const ahead of [2, 1, 0]) {
    await waitUntil(async () => {
      await admit(scheduleId)
      return source.events.at(-1)?.data.aheadOfYou === ahead
    })
  }
  const told = source.events.map((event) => [event.event, event.id, event.data.aheadOfYou])
  expect(told).toEqual([3, 2, 1, 0].map((ahead, index) => ['position', String(index + 1), ahead]))
  expect(source.events.slice(1).every((event) => !('ticket' in event.data))).toBe(true)
})

test('whoever is admitted is told the token once, and the stream ends', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const [one, other] = [await open(scheduleId, userIds[0]), await open(scheduleId, userIds[0])]
  await admit(scheduleId)
  for (const source of [one, other]) {
    await waitUntil(() => source.endedAtMs() !== null)
    expect(source.isWhole()).toBe(true)
    expect(source.events.map(({ event }) => event)).toEqual(['position', 'admitted'])
    const { data } = source.events[1] ?? expect.fail()
    const facts = await readQueueToken(redis, data.token ?? '')
    expect(facts).toMatchObject({ userId: userIds[0], scheduleId, type: 'RESERVATION' })
    expect(Date.parse(data.tokenExpiresAt ?? '')).toBe(facts?.expiresAt)
  }
})

test('whoever was admitted while the connection was broken is told so at once on coming back, and once only', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const lost = await open(scheduleId, userIds[0])
  const { id } = await lost.next('position')
  lost.close()
  await admit(scheduleId)
  const back = await open(scheduleId, userIds[0], { 'last-event-id': id })
  const admitted = await back.next('admitted')
  expect(back.events).toHaveLength(1)
  expect(admitted.id).toMatch(/^2\.admitted-\d+$/)
  const again = await open(scheduleId, userIds[0], { 'last-event-id': admitted.id })
  expect(again.status).toBe(204)
  const elsewhere = await open(scheduleId, userIds[0])
  expect((await elsewhere.next('admitted')).data.token).toBe(admitted.data.token)
})

test('whoever comes back is told the present place, numbered on from the last event received', async () => {
  const { scheduleId, userIds } = await crowd(3)
  const lost = await open(scheduleId, userIds[2])
  await lost.next('position')
  lost.close()
  await admit(scheduleId)
  await redis.client.del(`queue:polls:${userIds[2]}`)
  const back = await open(scheduleId, userIds[2], { 'last-event-id': '41' })
  expect(await back.next('position')).toMatchObject({ id: '42', data: { aheadOfYou: 1 } })
})

test.each(['', 'x', '-1', '1.', '1.admitted 5', '99999999999', '1\t2', 'ä'])(
  'an ID we never sent (%j) is as none',
  async (id) => {
    const { scheduleId, userIds } = await crowd(1)
    const source = await open(scheduleId, userIds[0], { 'last-event-id': encodeURI(id) })
    expect((await source.next('position')).id).toBe('1')
  },
)

test('a queue that sells out is told with the reason, and the place when seats have come back', async () => {
  const { scheduleId, userIds } = await crowd(2)
  const source = await open(scheduleId, userIds[1])
  await source.next('position')
  await closeQueue(redis, scheduleId, 'SOLD_OUT', 'test')
  expect((await source.next('closed')).data).toMatchObject({ status: 'CLOSED', reason: 'SOLD_OUT' })
  await openQueue(redis, scheduleId, 'test')
  expect((await source.next('position', 2)).data).toMatchObject({ status: 'WAITING', aheadOfYou: 1 })
  expect(source.events).toHaveLength(3)
})

test.each(['SALE_ENDED', 'CANCELLED'] as const)(
  '%s ends the streams with the reason, and nobody reconnects for it',
  async (reason) => {
    const { scheduleId, userIds } = await crowd(2)
    const source = await open(scheduleId, userIds[1])
    await source.next('position')
    await closeQueue(redis, scheduleId, reason, 'test')
    const closed = await source.next('closed')
    expect(closed.data.reason).toBe(reason)
    await waitUntil(() => source.isWhole())
    expect((await open(scheduleId, userIds[1], { 'last-event-id': closed.id })).status).toBe(204)
  },
)

test('whoever gives up the place on another device is told so, and the stream ends', async () => {
  const { scheduleId, userIds } = await crowd(2)
  const source = await open(scheduleId, userIds[0])
  const { service } = streams
  await service.as(userIds[0] ?? '')('DELETE', `/queue/leave?scheduleId=${scheduleId}`)
  expect((await source.next('closed')).data.reason).toBe('NOT_QUEUED')
  await waitUntil(() => source.isWhole())
  expect((await open(scheduleId, userIds[0])).status).toBe(404)
})

test('a stream is refused as a poll is, before it begins', async () => {
  const { scheduleId, userIds } = await crowd(1)
  const [stranger, nobody] = [await open(scheduleId, randomUUID()), await open(randomUUID(), userIds[0])]
  for (const { status, headers } of [stranger, nobody]) {
    expect([status, headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8'])
  }
  expect((await open('mine', userIds[0])).status).toBe(400)
  expect((await open(scheduleId, 'not a user')).status).toBe(401)
})

test('a ticket that is forged, or another person’s, is refused before the stream begins', async () => {
  const { scheduleId, userIds } = await crowd(2)
  const source = await open(scheduleId, userIds[0])
  const ticket = (await source.next('position')).data.ticket ?? ''
  const forged = `${ticket.slice(0, -2)}${ticket.endsWith('A') ? 'BB' : 'AA'}`
  for (const [userId, bad] of [
    [userIds[0], forged],
    [userIds[0], 'ticket'],
    [userIds[1], ticket],
  ] as const) {
    const { status, headers } = await open(scheduleId, userId, { 'x-queue-ticket': bad })
    expect([status, headers['content-type']]).toEqual([400, 'application/problem+json; charset=utf-8'])
  }
  expect((await open(scheduleId, userIds[0], { 'x-queue-ticket': ticket })).status).toBe(200)
})

test('nothing of the HTTP server is kept for an open stream, so that thousands of them are small', async () => {
  const { scheduleId, userIds } = await crowd(1)
  await (await open(scheduleId, userIds[0])).next('position')
  const socket = streams.sockets.at(-1) ?? expect.fail()
  await waitUntil(() => Reflect.get(socket, 'parser') === null)
  expect(Reflect.get(socket, '_httpMessage')).toBeNull()
  const listeners = socket.eventNames().flatMap((event) => socket.listeners(event).map(({ name }) => name))
  expect(listeners.filter((name) => name.includes('socketOn'))).toEqual([])
})
