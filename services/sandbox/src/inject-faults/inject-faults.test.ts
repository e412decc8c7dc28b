import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { startReceiver } from '../test-receiver.ts'
import { startSandbox, type TestSandbox } from '../test-sandbox.ts'

const misbehave = (sandbox: TestSandbox, ...rules: unknown[]) => sandbox.call('PUT', '/sandbox/faults', rules)
const match = 'POST /payments/*/cancel'
const cancel = (sandbox: TestSandbox, id: string) =>
  sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x' }, { 'idempotency-key': `"cancel-of-${id}-1"` })
const statusOf = async (sandbox: TestSandbox, id: string) =>
  (await sandbox.portone('GET', `/payments/${id}`)).body['status']

test('delay: the answer comes later, and the work is done even when the caller has gone', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  await misbehave(sandbox, { match, kind: 'delay', value: 250 })
  const begunMs = performance.now()
  const impatient = fetch(`${sandbox.url}/payments/${id}/cancel`, {
    method: 'POST',
    headers: { authorization: 'PortOne portone-secret-for-tests' },
    body: '{"reason":"x"}',
    signal: AbortSignal.timeout(100),
  })
  await expect(impatient).rejects.toThrow()
  await waitUntil(async () => (await statusOf(sandbox, id)) === 'CANCELLED')
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(250)
})

test('status with a number: the page of a load balancer, nothing done, nothing stored under the key', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  await misbehave(sandbox, { match, kind: 'status', value: 502, times: 1 })
  const answer = await cancel(sandbox, id)
  expect(answer).toMatchObject({ status: 502, body: {} })
  expect(answer.headers.get('content-type')).toContain('text/html')
  expect(await statusOf(sandbox, id)).toBe('PAID')
  expect((await cancel(sandbox, id)).status).toBe(200)
})

test('status with an error type: the provider itself refuses, and its answer is replayed under the key', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  await misbehave(sandbox, { match, kind: 'status', value: 'PG_PROVIDER', times: 1 })
  const answer = await cancel(sandbox, id)
  expect(answer).toMatchObject({
    status: 502,
    body: { type: 'PG_PROVIDER', pgCode: expect.any(String), pgMessage: expect.any(String) },
  })
  expect(await cancel(sandbox, id)).toMatchObject({ status: 502, text: answer.text })
  expect(await statusOf(sandbox, id)).toBe('PAID')
})

test('reset: the connection breaks and nothing is done', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  await misbehave(sandbox, { match, kind: 'reset', times: 1 })
  await expect(cancel(sandbox, id)).rejects.toThrow()
  expect(await statusOf(sandbox, id)).toBe('PAID')
})

test('drop-answer: the connection breaks, the work is done, and the same key tells what came of it', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  await misbehave(sandbox, { match, kind: 'drop-answer', times: 1 })
  await expect(cancel(sandbox, id)).rejects.toThrow()
  expect(await statusOf(sandbox, id)).toBe('CANCELLED')
  expect(await cancel(sandbox, id)).toMatchObject({ status: 200, body: { cancellation: { totalAmount: 1000 } } })
})

test('webhook-duplicate: the same message comes several times', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await misbehave(sandbox, { match: 'POST /sandbox/payments/*/pay', kind: 'webhook-duplicate', value: 2 })
  await sandbox.paid(1000)
  const deliveries = await receiver.received(3)
  expect(new Set(deliveries.map((delivery) => delivery.headers['webhook-id'])).size).toBe(1)
})

test('webhook-delay: the message comes that much later', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await misbehave(sandbox, { match: 'POST /sandbox/payments/*/pay', kind: 'webhook-delay', value: 200 })
  const begunMs = performance.now()
  await sandbox.paid(1000)
  await receiver.received(1)
  expect(performance.now() - begunMs).toBeGreaterThanOrEqual(200)
})

test('webhook-delay: a later message overtakes a delayed one', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await misbehave(sandbox, { match: 'POST /sandbox/payments/*/pay', kind: 'webhook-delay', value: 60_000 })
  const { id } = await sandbox.paid(1000)
  await cancel(sandbox, id)
  expect((await receiver.received(1)).map((delivery) => delivery.event.type)).toEqual(['Transaction.Cancelled'])
  const ledger = (await sandbox.call('GET', `/sandbox/ledger?paymentId=${id}`)).body
  expect(ledger['webhooks']).toMatchObject([{ type: 'Transaction.Paid', state: 'PENDING', sends: [] }, {}])
})

test('webhook-lose: the message never comes, and the ledger says so', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await misbehave(sandbox, { match: 'POST /payments/webhook', kind: 'webhook-lose', times: 1 })
  const { id } = await sandbox.paid(1000)
  await cancel(sandbox, id)
  expect((await receiver.received(1)).map((delivery) => delivery.event.type)).toEqual(['Transaction.Cancelled'])
  const ledger = (await sandbox.call('GET', `/sandbox/ledger?paymentId=${id}`)).body
  expect(ledger['webhooks']).toMatchObject([
    { type: 'Transaction.Paid', state: 'LOST', sends: [] },
    { type: 'Transaction.Cancelled' },
  ])
})

test('a rule strikes as often as it says, counts, and ends with []', async () => {
  const sandbox = await startSandbox()
  await misbehave(sandbox, { match: 'GET /payments/*', kind: 'status', value: 500, times: 2 })
  const statuses = []
  for (let call = 0; call < 3; call += 1) statuses.push((await sandbox.portone('GET', '/payments/x')).status)
  expect(statuses).toEqual([500, 500, 404])
  expect((await sandbox.call('GET', '/sandbox/faults')).text).toContain('"struck":2')
  await misbehave(sandbox, { match: '* /payments/*', kind: 'reset' })
  await misbehave(sandbox)
  expect((await sandbox.portone('GET', '/payments/x')).status).toBe(404)
})

test('probability 0 never strikes', async () => {
  const sandbox = await startSandbox()
  await misbehave(sandbox, { match: 'GET /payments/*', kind: 'reset', probability: 0 })
  for (let call = 0; call < 20; call += 1) expect((await sandbox.portone('GET', '/payments/x')).status).toBe(404)
})

test('faults reach every provider, but never the calls by which a test regains control', async () => {
  const sandbox = await startSandbox()
  await misbehave(sandbox, { match: '* /*', kind: 'status', value: 503 })
  for (const path of ['/recaptcha/api/siteverify', '/oauth/kakao/token', '/sandbox/identity-verifications']) {
    expect((await sandbox.call('POST', path, {})).status).toBe(503)
  }
  expect((await sandbox.call('GET', '/sandbox/ledger')).status).toBe(200)
  expect((await misbehave(sandbox)).status).toBe(200)
  expect((await sandbox.call('POST', '/recaptcha/api/siteverify', {})).status).toBe(200)
})

test.each([
  { match, kind: 'explode' },
  { match, kind: 'delay' },
  { match, kind: 'delay', value: -1 },
  { match, kind: 'status', value: 200 },
  { match, kind: 'status', value: 'NO_SUCH_TYPE' },
  { match, kind: 'reset', value: 1 },
  { match, kind: 'reset', times: 0 },
  { match, kind: 'reset', probability: 1.1 },
  { match: '/payments', kind: 'reset' },
  { kind: 'reset' },
])('%j is no rule', async (rule) => {
  const sandbox = await startSandbox()
  expect(await misbehave(sandbox, rule)).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
})
