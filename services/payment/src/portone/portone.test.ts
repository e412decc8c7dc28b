import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createMetrics } from '@ticket-queue/service-kit'
import { afterAll, expect, test } from 'vitest'
import { createPortoneTransport } from './call-portone.ts'
import { createPortone } from './portone.ts'

/** A PortOne that answers what the test says, for answers the sandbox never gives. */
const asked: { method: string | undefined; url: string | undefined; headers: object; body: unknown }[] = []
let answers: { status: number; body: string }[] = []
const server = createServer(async (request, response) => {
  const body = (await request.toArray()).map(String).join('')
  const { method, url, headers } = request
  asked.push({ method, url, headers, body: body === '' ? null : JSON.parse(body) })
  const answer = answers.length > 1 ? answers.shift() : answers[0]
  response.writeHead(answer?.status ?? 500, { 'content-type': 'application/json' }).end(answer?.body)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const settings = {
  baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  apiSecret: 'secret',
  timeoutsMs: { 'pre-register': 5_000, read: 1_000, list: 5_000, confirm: 5_000, cancel: 5_000 },
  breakerCallsMin: 1_000,
  breakerResetMs: 1_000,
  metrics: createMetrics('portone-test'),
}
const portone = createPortone(createPortoneTransport(settings), { storeId: 'store 1' })
afterAll(async () => {
  await portone.close()
  server.close()
})

const answerWith = (...bodies: [status: number, body: unknown][]) => {
  answers = bodies.map(([status, body]) => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body) }))
  asked.length = 0
}
const cancel = () =>
  portone.cancel('p1', { amount: 90, cancellableAmount: 100, reason: 'why', idempotencyKey: 'a-key-of-16-chars' })
const confirm = (paymentToken = 'token') => portone.confirm('p1', { paymentToken, totalAmount: 100 })

test('a cancel says what it believes can be cancelled, under its quoted idempotency key', async () => {
  answerWith([200, { cancellation: { status: 'SUCCEEDED' } }])
  expect(await cancel()).toEqual({ outcome: 'done' })
  expect(asked).toMatchObject([
    {
      method: 'POST',
      url: '/payments/p1/cancel',
      headers: { authorization: 'PortOne secret', 'idempotency-key': '"a-key-of-16-chars"' },
      body: { storeId: 'store 1', amount: 90, currentCancellableAmount: 100, reason: 'why' },
    },
  ])
})

test.each([
  ['REQUESTED', { outcome: 'unknown' }],
  ['SOMETHING_NEW', { outcome: 'unknown' }],
  ['FAILED', { outcome: 'refused', type: 'CANCELLATION_FAILED' }],
])('a cancellation that is %s has not given money back', async (status, expected) => {
  answerWith([200, { cancellation: { status } }])
  expect(await cancel()).toMatchObject(expected)
})

test('a cancel answered in another shape may or may not have given money back', async () => {
  answerWith([200, {}])
  expect(await cancel()).toMatchObject({ outcome: 'unknown' })
})

test('while the same request still runs, its answer is waited for', async () => {
  const outstanding: [number, unknown] = [409, { type: 'IDEMPOTENCY_OUTSTANDING_REQUEST' }]
  answerWith(outstanding, outstanding, [200, { pgTxId: 'x' }])
  expect(await confirm()).toEqual({ outcome: 'done' })
  expect(asked).toHaveLength(3)
})

test('one token is always confirmed under one key, another token under another', async () => {
  answerWith([200, {}])
  await confirm('one')
  await confirm('one')
  await confirm('two')
  const keys = asked.map(({ headers }) => Reflect.get(headers, 'idempotency-key'))
  expect(keys[0]).toBe(keys[1])
  expect(keys[0]).not.toBe(keys[2])
  expect(keys[0]).toMatch(/^"confirm-p1-[0-9a-f]{32}"$/)
})

test.each([
  ['a payment of a shape we cannot read', 200, { status: 'PAID' }],
  ['an amount that is no whole number', 200, { status: 'PAID', id: 'p1', amount: { total: 1.5 } }],
  ['a list', 200, []],
  ['no JSON', 200, '<html>'],
  ['nothing', 200, ''],
  ['a 404 that is not about the payment', 404, { message: 'no such route' }],
  ['a 404 without JSON', 404, '<html>'],
  ['401', 401, { type: 'UNAUTHORIZED' }],
  ['429', 429, { type: 'TOO_MANY' }],
  ['502 with JSON that is not the card company’s', 502, { message: 'bad gateway' }],
])('a read answered with %s is unknown, never “not paid”', async (_what, status, body) => {
  answerWith([status, body])
  expect(await portone.read('p1')).toMatchObject({ outcome: 'unknown', breakerOpen: false })
})

test('who asks too often (429) is no failure of PortOne: he waits, and no breaker opens', async () => {
  const strict = createPortoneTransport({ ...settings, breakerCallsMin: 2, metrics: createMetrics('busy') })
  const asking = createPortone(strict, { storeId: 'store 1' })
  answerWith([429, { type: 'TOO_MANY' }])
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => asking.read('p1')))
  expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']))
  expect(asked.length).toBeGreaterThan(answers.length)
  expect(asking.isOpen('read')).toBe(false)
  answerWith([429, {}], [404, { type: 'PAYMENT_NOT_FOUND' }])
  expect(await asking.read('p1')).toEqual({ outcome: 'absent' })
  await asking.close()
})

test('a pre-registration is one request to PortOne however often it is sent, until PortOne has refused it', async () => {
  answerWith([200, {}])
  for (const refusals of [0, 0, 1]) await portone.preRegister('tq0123456789', { totalAmount: 100, refusals })
  const keys = asked.map(({ headers }) => Reflect.get(headers, 'idempotency-key'))
  expect(keys[0]).toMatch(/^"[\x21-\x7e]{16,256}"$/)
  expect(keys[1]).toBe(keys[0])
  expect(keys[2]).not.toBe(keys[0])
})

test('PAYMENT_NOT_FOUND is an answer: nobody has opened the window', async () => {
  answerWith([404, { type: 'PAYMENT_NOT_FOUND' }])
  expect(await portone.read('p1')).toEqual({ outcome: 'absent' })
  expect(asked[0]?.url).toBe('/payments/p1?storeId=store%201')
})

test('fields PortOne adds some day are kept and do no harm', async () => {
  const payment = { status: 'PAID', id: 'p1', amount: { total: 100, fun: 1 }, brandNew: { a: [1] } }
  answerWith([200, payment])
  expect(await portone.read('p1')).toEqual({ outcome: 'found', payment })
})
