import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerTogether, buildHttp, createLog, createMetrics, requireGateway } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { apiKey, testGateway } from '../test-gateway.ts'
import { createAskTogether, type TogetherUpstream } from './ask-together.ts'

type Exchange = { requests: { headers: Record<string, string>; body: string }[] }
type Answer = (request: FastifyRequest, reply: FastifyReply) => unknown

const log = createLog('shop', 'silent')
const exchanges: Exchange[] = []
const echo: Answer = async (request) => ({ body: request.body, user: request.identity?.userId, via: request.ip })
let answerHold: Answer = echo
let onExchange: (reply: FastifyReply) => unknown = () => {}
let ways: TogetherUpstream
const isDone = Promise.withResolvers<void>()

const shop = buildHttp({ service: 'shop', log, metrics: createMetrics('shop') })
requireGateway(shop, { gateway: [apiKey] })
shop.post('/reservations/hold', (request, reply) => answerHold(request, reply) as never)
const door = buildHttp({ service: 'door', log, metrics: createMetrics('door') })
door.addHook('preHandler', async (request, reply) => {
  exchanges.push(request.body as Exchange)
  return onExchange(reply)
})
answerTogether(door, shop)

const deps: NonNullable<Parameters<typeof testGateway>[0]>['deps'] = {
  together: { reservation: (request) => ways.ask(request) },
  breakers: Object.fromEntries(
    ['user', 'event', 'queue', 'reservation', 'payment'].map((name) => [name, { resetMs: 200, minimumRequests: 10 }]),
  ) as never,
}
beforeAll(async () => {
  const internalUrl = await door.listen({ host: '127.0.0.1', port: 0 })
  ways = createAskTogether({ internalUrl, apiKey, timeoutMs: 1_000 })
})
const gateway = testGateway({ deps })
afterAll(async () => {
  isDone.resolve()
  await ways.close()
  await door.close()
  await shop.close()
})
afterEach(() => {
  exchanges.length = 0
  answerHold = echo
  onExchange = () => {}
})

const hold = (body: string | Uint8Array, headers: Record<string, string> = {}, path = '/reservations/hold') =>
  fetch(gateway.url + path, {
    method: 'POST',
    headers: { ...gateway.as('USER'), 'x-queue-token': 'qr_x', 'content-type': 'application/json', ...headers },
    body: body as never,
  })

it('who asks in the same moment goes along, at most 16 at once, and each gets the own answer', async () => {
  const people = Array.from({ length: 40 }, () => randomUUID())
  const request = (sub: string, connection: string) => {
    const body = JSON.stringify({ sub })
    const { authorization } = gateway.as('USER', { sub })
    return (
      `POST /reservations/hold HTTP/1.1\r\nhost: x\r\nauthorization: ${authorization}\r\nx-queue-token: qr_x\r\n` +
      `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: ${connection}\r\n\r\n${body}`
    )
  }
  const told = await gateway.raw(people.map((sub, n) => request(sub, n === 39 ? 'close' : 'keep-alive')).join(''))
  const answers = [...told.matchAll(/\{"body":\{"sub":"(.+?)"\},"user":"(.+?)"/g)].map(([, sub, user]) => [sub, user])
  expect(answers).toEqual(people.map((one) => [one, one]))
  expect(exchanges.flatMap(({ requests }) => requests)).toHaveLength(40)
  expect(Math.max(...exchanges.map(({ requests }) => requests.length))).toBeGreaterThan(1)
  expect(gateway.seen()).toBe(0)
})

it('who asks while a hold of others is not answered is answered all the same', async () => {
  answerHold = (request, reply) =>
    JSON.stringify(request.body).includes('waits') ? isDone.promise : echo(request, reply)
  let isOver = false
  const waiting = hold('{"waits":true}').finally(() => {
    isOver = true
  })
  await waitUntil(() => exchanges.length === 1)
  expect((await hold('{}')).status).toBe(200)
  expect([exchanges.length, isOver]).toEqual([2, false])
  expect((await waiting).status).toBe(504)
})

it('the service is told what it is told of a request alone: who asks, for whom the gateway speaks, and no token', async () => {
  const answer = await hold('{"seatIds":["하나"]}', { 'x-user-id': randomUUID(), 'x-service-api-key': 'made up' })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject({ body: { seatIds: ['하나'] }, via: '127.0.0.1' })
  const headers = exchanges[0]?.requests[0]?.headers
  expect(headers).toMatchObject({ 'x-service-api-key': apiKey, 'x-request-id': answer.headers.get('x-request-id') })
  expect([headers?.['authorization'], headers?.['content-length']]).toEqual([undefined, undefined])
})

it('refusals come as the service says them, with the headers of every answer', async () => {
  answerHold = (_request, reply) =>
    reply.code(409).header('retry-after', '3').header('x-trace-id', 'inner').type('application/problem+json').send('{}')
  const answer = await hold('{}')
  expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([409, '3', '{}'])
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  expect(answer.headers.get('x-trace-id')).not.toBe('inner')
  expect(answer.headers.get('content-security-policy')).not.toBeNull()
})

it('an answer that arrives in pieces is the same, also where one ends inside a character', async () => {
  const bytes = Buffer.from(`${JSON.stringify([0, { status: 200, headers: {}, body: '좌석' }])}\n`)
  const raw = createServer((request, response) => {
    request.resume()
    const tell = (n: number) => {
      if (n === bytes.length) response.end()
      else response.write(bytes.subarray(n, n + 1), () => setImmediate(tell, n + 1))
    }
    tell(0)
  })
  await once(raw.listen(0, '127.0.0.1'), 'listening')
  const { port } = raw.address() as AddressInfo
  const piecemeal = createAskTogether({ internalUrl: `http://127.0.0.1:${port}`, apiKey, timeoutMs: 1_000 })
  const answer = await piecemeal.ask({ method: 'POST', url: '/reservations/hold', headers: {}, body: '{}' })
  expect(answer).toEqual({ status: 200, headers: {}, body: '좌석' })
  await piecemeal.close()
  raw.close()
})

describe('what goes to the service alone', () => {
  it.each([
    ['a body that is no UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['a long body', JSON.stringify({ long: 'x'.repeat(5_000) })],
    ['a long target', '{}', `?long=${'x'.repeat(4_096)}`],
  ])('%s, byte for byte', async (_what, body, query = '') => {
    expect(await (await hold(body, {}, `/reservations/hold${query}`)).json()).toMatchObject({ service: 'reservation' })
    expect(gateway.upstreams.reservation.seen[0]?.body).toEqual(Buffer.from(body as string))
    expect(exchanges).toEqual([])
  })

  it('another path', async () => {
    expect(await (await hold('{}', {}, '/reservations/waiting-list')).json()).toMatchObject({ service: 'reservation' })
    expect(exchanges).toEqual([])
  })

  it('a service that does not take several at once', async () => {
    onExchange = (reply) => reply.code(404).send({})
    expect(await (await hold('{}')).json()).toMatchObject({ service: 'reservation' })
    expect(gateway.upstreams.reservation.seen).toHaveLength(1)
  })
})

describe('without an answer nothing is asked twice', () => {
  it('a service that breaks off: 503 with what is said of it', async () => {
    onExchange = (reply) => void reply.raw.destroy()
    const answer = await hold('{}')
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'RESERVATION_UNAVAILABLE' }])
    expect(gateway.seen()).toBe(0)
  })

  it('one that is late: 504', async () => {
    answerHold = () => isDone.promise
    const answer = await hold('{}')
    expect([answer.status, await answer.json()]).toMatchObject([504, { code: 'UPSTREAM_TIMEOUT' }])
    expect([exchanges.length, gateway.seen()]).toEqual([1, 0])
  })

  it('one that answers others again and again, but not this one: 504 as late as any', async () => {
    const raw = createServer((request, response) => {
      request.resume()
      const told = setInterval(() => response.write('[1,null]\n'), 100)
      response.once('close', () => clearInterval(told))
    })
    await once(raw.listen(0, '127.0.0.1'), 'listening')
    const { port } = raw.address() as AddressInfo
    const slow = createAskTogether({ internalUrl: `http://127.0.0.1:${port}`, apiKey, timeoutMs: 500 })
    const asked = slow.ask({ method: 'POST', url: '/reservations/hold', headers: {}, body: '{}' })
    await expect(asked).rejects.toThrow(/timeout/i)
    await slow.close()
    raw.close()
  })

  it('again and again: the breaker opens, and closes after an answer', async () => {
    onExchange = (reply) => void reply.raw.destroy()
    const askedBy = async (answer: Promise<Response>) => {
      const before = exchanges.length
      expect((await answer).status).toBe(503)
      return exchanges.length - before
    }
    await expect.poll(() => askedBy(hold('{}')), { interval: 1, timeout: 10_000 }).toBe(0)
    onExchange = () => {}
    await expect.poll(async () => (await hold('{}')).status, { timeout: 10_000 }).toBe(200)
  })
})
