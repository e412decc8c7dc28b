import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

type Poll = { userId: string; scheduleId: string; ticket?: string }

const calls: Poll[][] = []
const silence = Promise.withResolvers<void>()
const tellAll = (polls: Poll[]): unknown => ({ places: polls.map(({ userId }) => JSON.stringify({ placeOf: userId })) })
let tell: (polls: Poll[], reply: FastifyReply) => unknown = tellAll

const gateway = testGateway({
  deps: {
    timeoutsMs: { usual: 5000, payment: 5000, queue: 5000 },
    breakers: {
      user: { resetMs: 200, minimumRequests: 1_000_000 },
      event: { resetMs: 200, minimumRequests: 1_000_000 },
      queue: { resetMs: 200, minimumRequests: 5 },
      reservation: { resetMs: 200, minimumRequests: 1_000_000 },
      payment: { resetMs: 200, minimumRequests: 1_000_000 },
    },
  },
  internal: (app) => {
    app.post('/internal/statuses', async (request, reply) => {
      const { polls } = JSON.parse(String(request.body)) as { polls: Poll[] }
      calls.push(polls)
      return tell(polls, reply)
    })
  },
})
afterEach(() => {
  calls.length = 0
  tell = tellAll
})

const scheduleId = randomUUID()
const path = `/queue/status?scheduleId=${scheduleId}`
const poll = (userId: string, { url = path, headers = {} }: { url?: string; headers?: Record<string, string> } = {}) =>
  fetch(gateway.url + url, { headers: { ...gateway.as('USER', { sub: userId }), ...headers } })

it('those who ask in the same moment are asked for in calls of 16, and each hears of the own place alone', async () => {
  const people = Array.from({ length: 48 }, () => randomUUID())
  const tokens = people.map((sub) => gateway.as('USER', { sub }).authorization)
  const requests = (closing: boolean) =>
    tokens.map((token, n) => {
      const connection = closing && n === tokens.length - 1 ? 'close' : 'keep-alive'
      return `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: ${token}\r\nconnection: ${connection}\r\n\r\n`
    })
  // A token that is new is verified at its own pace; these are known when they come together.
  for (const [n, request] of requests(false).entries()) {
    await gateway.raw(request.replace('keep-alive', 'close'))
    expect(calls).toEqual([[{ userId: people[n], scheduleId }]])
    calls.length = 0
  }
  const told = await gateway.raw(requests(true).join(''))
  expect([...told.matchAll(/\{"placeOf":"(.+?)"\}/g)].map(([, userId]) => userId)).toEqual(people)
  expect(calls.flat().map(({ userId }) => userId)).toEqual(people)
  expect(Math.max(...calls.map(({ length }) => length))).toBe(16)
  expect(gateway.seen()).toBe(0)
})

it('the answer is that of the service: JSON, for nobody to keep, with the headers of every answer', async () => {
  const answer = await poll(randomUUID())
  expect(answer.status).toBe(200)
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-request-id': expect.any(String),
    'content-security-policy': expect.any(String),
  })
})

it.each([
  ['in the query', { url: `${path}&ticket=mine` }],
  ['in the header', { headers: { 'x-queue-ticket': 'mine' } }],
  ['in both: the query counts', { url: `${path}&ticket=mine`, headers: { 'x-queue-ticket': 'other' } }],
])('a ticket goes along, %s', async (_where, how) => {
  const userId = randomUUID()
  expect((await poll(userId, how)).status).toBe(200)
  expect(calls).toEqual([[{ userId, scheduleId, ticket: 'mine' }]])
})

it('the person is the one whom the token names, whatever the request says', async () => {
  const [me, other] = [randomUUID(), randomUUID()]
  const answer = await poll(me, { url: `${path}&userId=${other}`, headers: { 'x-user-id': other } })
  expect(await answer.json()).toEqual({ placeOf: me })
})

it('who would be refused is sent on alone and hears why; the others of the call are not held up by it', async () => {
  const [refused, served] = [randomUUID(), randomUUID()]
  tell = (polls) => ({ places: polls.map(({ userId }) => (userId === refused ? null : JSON.stringify({ userId }))) })
  const [alone, together] = await Promise.all([refused, served].map(async (userId) => (await poll(userId)).json()))
  expect(alone).toEqual({ service: 'queue', method: 'GET', url: path })
  expect(together).toEqual({ userId: served })
  expect(gateway.upstreams.queue.seen.map(({ headers }) => headers['x-user-id'])).toEqual([refused])
})

describe('what is no plain poll goes to the service as it is', () => {
  it.each([
    ['no schedule', '/queue/status'],
    ['a schedule that is none', '/queue/status?scheduleId=mine'],
    ['two schedules', `${path}&scheduleId=${randomUUID()}`],
    ['two tickets', `${path}&ticket=a&ticket=b`],
    ['a ticket that is too long', `${path}&ticket=${'x'.repeat(513)}`],
    ['another path', '/queue/admin-of-nothing'],
  ])('%s', async (_what, url) => {
    expect(await (await poll(randomUUID(), { url })).json()).toEqual({ service: 'queue', method: 'GET', url })
    expect(calls).toEqual([])
  })

  it('HEAD', async () => {
    const answer = await fetch(gateway.url + path, { method: 'HEAD', headers: gateway.as('USER') })
    expect([answer.status, calls.length, gateway.seen()]).toEqual([200, 0, 1])
  })
})

it('nobody polls without a token', async () => {
  expect((await fetch(gateway.url + path)).status).toBe(401)
  expect([calls.length, gateway.seen()]).toEqual([0, 0])
})

describe('a call that fails', () => {
  it.each([
    ['is not known to the service (an earlier version)', 404],
    ['is refused by the service', 503],
  ])('because it %s: each is asked for alone', async (_why, status) => {
    tell = (_polls, reply) => reply.code(status).send({ code: 'ANY' })
    expect(await (await poll(randomUUID())).json()).toEqual({ service: 'queue', method: 'GET', url: path })
  })

  it('because it tells fewer places than were asked for: 503, and nobody hears of the place of somebody else', async () => {
    tell = (polls) => ({ places: polls.slice(1).map(() => '{"placeOf":"somebody"}') })
    const answer = await poll(randomUUID())
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'QUEUE_UNAVAILABLE' }])
  })

  it('without an answer: 503 with Retry-After, asked once; again and again it opens the breaker of the service', async () => {
    tell = (_polls, reply) => {
      reply.raw.destroy()
      return silence.promise
    }
    for (let times = 0; times < 6; times += 1) {
      const answer = await poll(randomUUID())
      expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toMatchObject([
        503,
        '1',
        { code: 'QUEUE_UNAVAILABLE' },
      ])
    }
    const asked = calls.length
    expect(asked).toBeLessThanOrEqual(6)
    const refused = await (await poll(randomUUID())).json()
    expect(refused).toMatchObject({ messages: { en: expect.stringContaining('You keep your place') } })
    expect(gateway.seen()).toBe(0)
    tell = tellAll
    await expect.poll(async () => (await poll(randomUUID())).status, { timeout: 10_000 }).toBe(200)
  })
})
