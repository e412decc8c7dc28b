import { Webhook } from '@portone/server-sdk'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { startReceiver } from '../test-receiver.ts'
import { startSandbox, type TestSandbox, webhookSecret } from '../test-sandbox.ts'

const fast = { WEBHOOK_RETRY_FACTOR: '0.00001' }

const webhooksOf = async (sandbox: TestSandbox, paymentId: string) => {
  const ledger = await sandbox.call('GET', `/sandbox/ledger?paymentId=${paymentId}`)
  return ledger.body['webhooks'] as { id: string; type: string; state: string; sends: { trigger: string }[] }[]
}

test("each step of a payment sends a webhook that PortOne's own SDK verifies", async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  const { id, window } = await sandbox.paid(5000)
  await receiver.received(1)
  const part = await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x', amount: 2000 })
  await receiver.received(2)
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x' })
  const deliveries = await receiver.received(3)
  const types = ['Transaction.Paid', 'Transaction.PartialCancelled', 'Transaction.Cancelled']
  for (const [index, delivery] of deliveries.entries()) {
    const verified = await Webhook.verify(webhookSecret, delivery.body, delivery.headers)
    expect(verified).toMatchObject({
      type: types[index],
      data: { storeId: 'store-test', paymentId: id, transactionId: window['transactionId'] },
    })
    expect(delivery.headers['content-type']).toBe('application/json')
  }
  const { cancellation } = part.body as { cancellation: { id: string } }
  expect(deliveries[1]?.event.data['cancellationId']).toBe(cancellation.id)
  expect(deliveries[0]?.event.data).not.toHaveProperty('amount')
})

test('a webhook with one byte changed does not verify', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await sandbox.paid(5000)
  const [delivery] = await receiver.received(1)
  const forged = delivery?.body.replace('Transaction.Paid', 'Transaction.Pair') ?? ''
  await expect(Webhook.verify(webhookSecret, forged, delivery?.headers ?? {})).rejects.toThrow()
})

test.each([
  ['FAILED', 'Transaction.Failed'],
  ['CLOSED', 'Transaction.Ready'],
  ['PAY_PENDING', 'Transaction.PayPending'],
])('a window left as %s sends %s', async (outcome, type) => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  await sandbox.paid(5000, { outcome })
  expect((await receiver.received(1))[0]?.event.type).toBe(type)
})

test('an error is followed by the same message, with its ID and time, until it is taken', async () => {
  const receiver = await startReceiver()
  receiver.answerWith(500, 302, 404)
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url, ...fast })
  const { id } = await sandbox.paid(5000)
  const deliveries = await receiver.received(4)
  expect(new Set(deliveries.map((delivery) => delivery.headers['webhook-id'])).size).toBe(1)
  expect(new Set(deliveries.map((delivery) => delivery.body)).size).toBe(1)
  await waitUntil(async () => (await webhooksOf(sandbox, id))[0]?.state === 'SUCCEEDED')
  const payment = (await sandbox.portone('GET', `/payments/${id}`)).body
  expect(payment['webhooks']).toMatchObject([
    { status: 'SUCCEEDED', paymentStatus: 'PAID', currentExecutionCount: 4, maxExecutionCount: 6 },
  ])
})

test('after six sendings it is given up', async () => {
  const receiver = await startReceiver()
  receiver.answerWith(...Array(20).fill(503))
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url, ...fast })
  const { id } = await sandbox.paid(5000)
  await waitUntil(async () => (await webhooksOf(sandbox, id))[0]?.state === 'FAILED')
  expect(receiver.deliveries).toHaveLength(6)
})

test('nothing answers: the webhook stays pending and the payment is untouched', async () => {
  const sandbox = await startSandbox({ WEBHOOK_URL: 'http://127.0.0.1:1/payments/webhook' })
  const { id } = await sandbox.paid(5000)
  await waitUntil(async () => (await webhooksOf(sandbox, id))[0]?.sends.length === 1)
  expect((await webhooksOf(sandbox, id))[0]).toMatchObject({ state: 'PENDING', sends: [{ error: expect.any(String) }] })
})

test('skipWebhook keeps a cancel silent', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  const { id } = await sandbox.paid(5000)
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x', skipWebhook: true })
  expect((await webhooksOf(sandbox, id)).map((webhook) => webhook.type)).toEqual(['Transaction.Paid'])
})

test('noticeUrls of the payment replace the configured address, which can be changed while it runs', async () => {
  const [configured, own] = [await startReceiver(), await startReceiver()]
  const sandbox = await startSandbox({})
  await sandbox.paid(5000)
  await sandbox.call('PUT', '/sandbox/webhook-url', { url: configured.url })
  const { id } = await sandbox.paid(5000, { noticeUrls: [own.url] })
  await own.received(1)
  await sandbox.paid(5000)
  await configured.received(1)
  expect(own.deliveries.map((delivery) => delivery.event.data['paymentId'])).toEqual([id])
  expect(configured.deliveries).toHaveLength(1)
})

test('resend-webhook sends the latest one again by hand, at most five times', async () => {
  const receiver = await startReceiver()
  const sandbox = await startSandbox({ WEBHOOK_URL: receiver.url })
  const { id } = await sandbox.paid(5000)
  const [first] = await receiver.received(1)
  for (let sent = 2; sent <= 6; sent += 1) {
    const answer = await sandbox.portone('POST', `/payments/${id}/resend-webhook`, {})
    expect(answer).toMatchObject({
      status: 200,
      body: { webhook: { id: first?.headers['webhook-id'], trigger: 'MANUAL', status: 'SUCCEEDED' } },
    })
    expect(receiver.deliveries).toHaveLength(sent)
  }
  expect(await sandbox.portone('POST', `/payments/${id}/resend-webhook`, {})).toMatchObject({
    status: 400,
    body: { type: 'MAX_WEBHOOK_RETRY_COUNT_REACHED' },
  })
  expect(await sandbox.portone('POST', `/payments/${id}/resend-webhook`, { webhookId: 'x' })).toMatchObject({
    status: 404,
    body: { type: 'WEBHOOK_NOT_FOUND' },
  })
})
