import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../test-sandbox.ts'

const key = (text = 'refund-of-reservation-1') => ({ 'idempotency-key': `"${text}"` })

const cancelOnce = (sandbox: TestSandbox, id: string, body: unknown, headers = key()) =>
  sandbox.portone('POST', `/payments/${id}/cancel`, body, headers)

test('the same key gives the same answer byte for byte and gives the money back once', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  const body = { reason: 'x', amount: 1000 }
  const answers = [await cancelOnce(sandbox, id, body), await cancelOnce(sandbox, id, body)]
  expect(answers[0]?.status).toBe(200)
  expect(answers[1]).toMatchObject({ status: 200, text: answers[0]?.text })
  const payment = await sandbox.portone('GET', `/payments/${id}`)
  expect(payment.body['amount']).toMatchObject({ cancelled: 1000 })
})

test('twenty calls at once under one key give the money back once', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  const calls = Array.from({ length: 20 }, () => cancelOnce(sandbox, id, { reason: 'x', amount: 100 }))
  const answers = await Promise.all(calls)
  for (const answer of answers) expect([200, 409]).toContain(answer.status)
  const payment = await sandbox.portone('GET', `/payments/${id}`)
  expect(payment.body['amount']).toMatchObject({ cancelled: 100 })
})

test('while the first is under way the same key is IDEMPOTENCY_OUTSTANDING_REQUEST', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  const slow = [{ match: 'POST /payments/*/cancel', kind: 'delay', value: 60_000, times: 1 }]
  await sandbox.call('PUT', '/sandbox/faults', slow)
  const first = cancelOnce(sandbox, id, { reason: 'x' })
  await waitUntil(async () => (await sandbox.call('GET', '/sandbox/faults')).text.includes('"struck":1'))
  expect(await cancelOnce(sandbox, id, { reason: 'x' })).toMatchObject({
    status: 409,
    body: { type: 'IDEMPOTENCY_OUTSTANDING_REQUEST' },
  })
  // A server that stops cuts the delay short and carries out what it has begun.
  await sandbox.close()
  expect(await first).toMatchObject({ status: 200, body: { cancellation: { totalAmount: 5000 } } })
})

test('refusals are replayed too, even when the call would now succeed', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000, { outcome: 'FAILED' })
  expect(await cancelOnce(sandbox, id, { reason: 'x' })).toMatchObject({ body: { type: 'PAYMENT_NOT_PAID' } })
  await sandbox.call('POST', `/sandbox/payments/${id}/pay`, { outcome: 'PAID' })
  expect(await cancelOnce(sandbox, id, { reason: 'x' })).toMatchObject({ body: { type: 'PAYMENT_NOT_PAID' } })
  expect(await cancelOnce(sandbox, id, { reason: 'x' }, key('another-key-of-16'))).toMatchObject({ status: 200 })
})

test('a key is forgotten after three hours, not before', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  const body = { reason: 'x', amount: 1000 }
  const { text } = await cancelOnce(sandbox, id, body)
  sandbox.pass(3 * 3600_000 - 60_000)
  expect(await cancelOnce(sandbox, id, body)).toMatchObject({ text })
  sandbox.pass(120_000)
  expect((await cancelOnce(sandbox, id, body)).text).not.toBe(text)
})

test('one key for two different requests is refused', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  await cancelOnce(sandbox, id, { reason: 'x', amount: 1000 })
  const other = await cancelOnce(sandbox, id, { reason: 'x', amount: 2000 })
  expect(other).toMatchObject({ status: 400, body: { type: 'INVALID_REQUEST' } })
})

test.each(['too-short-15-ch', '"too-short-15-ch"', 'without-quotes-at-all', `"${'x'.repeat(257)}"`])(
  'the key %s is refused: quoted, 16 to 256 characters',
  async (text) => {
    const sandbox = await startSandbox()
    const { id } = await sandbox.paid(5000)
    const answer = await cancelOnce(sandbox, id, { reason: 'x' }, { 'idempotency-key': text })
    expect(answer).toMatchObject({ status: 400, body: { type: 'INVALID_REQUEST' } })
  },
)

test('reading ignores the key', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000)
  await sandbox.portone('GET', `/payments/${id}`, undefined, key())
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x' })
  const after = await sandbox.portone('GET', `/payments/${id}`, undefined, key())
  expect(after.body).toMatchObject({ status: 'CANCELLED' })
})
