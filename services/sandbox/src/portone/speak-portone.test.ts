import { expect, test } from 'vitest'
import { apiSecret, newPaymentId, startSandbox } from '../test-sandbox.ts'

test('a call without the API secret, or with another one, gets the UNAUTHORIZED body and does nothing', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  for (const authorization of [undefined, 'PortOne wrong', `Bearer ${apiSecret}`, apiSecret]) {
    const headers = authorization === undefined ? {} : { authorization }
    const answer = await sandbox.call('POST', `/payments/${id}/cancel`, { reason: 'x' }, headers)
    expect(answer.status).toBe(401)
    expect(answer.body).toEqual({ type: 'UNAUTHORIZED', message: expect.any(String) })
  }
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'PAID' })
})

test.each(['text/plain;charset=UTF-8', 'application/json', 'application/octet-stream'])(
  'a JSON body labelled %s is read',
  async (label) => {
    const sandbox = await startSandbox()
    const headers = { 'content-type': label }
    const path = `/payments/${newPaymentId()}/pre-register`
    expect(await sandbox.portone('POST', path, { totalAmount: 1 }, headers)).toMatchObject({ status: 200, text: '{}' })
  },
)

test.each([
  ['no JSON', '{"totalAmount":'],
  ['no body', undefined],
  ['a negative amount', { totalAmount: -1 }],
  ['a fraction of a won', { totalAmount: 1.5 }],
])('%s is INVALID_REQUEST in PortOne words', async (_name, body) => {
  const sandbox = await startSandbox()
  const answer = await sandbox.portone('POST', `/payments/${newPaymentId()}/pre-register`, body)
  expect(answer.status).toBe(400)
  expect(answer.body).toEqual({ type: 'INVALID_REQUEST', message: expect.any(String) })
})

test('a store that is not the merchant is FORBIDDEN on every call', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(1000)
  const storeId = 'store-of-somebody-else'
  const list = encodeURIComponent(JSON.stringify({ filter: { storeId } }))
  const cursor = encodeURIComponent(JSON.stringify({ storeId }))
  const answers = await Promise.all([
    sandbox.portone('GET', `/payments/${id}?storeId=${storeId}`),
    sandbox.portone('GET', `/payments/${id}/transactions?storeId=${storeId}`),
    sandbox.portone('GET', `/payments?requestBody=${list}`),
    sandbox.portone('GET', `/payments-by-cursor?requestBody=${cursor}`),
    sandbox.portone('POST', `/payments/${id}/pre-register`, { storeId }),
    sandbox.portone('POST', `/payments/${id}/confirm`, { storeId, paymentToken: 'x' }),
    sandbox.portone('POST', `/payments/${id}/cancel`, { storeId, reason: 'x' }),
    sandbox.portone('POST', `/payments/${id}/resend-webhook`, { storeId }),
    sandbox.portone('GET', `/identity-verifications/x?storeId=${storeId}`),
  ])
  for (const answer of answers) expect(answer).toMatchObject({ status: 403, body: { type: 'FORBIDDEN' } })
})

test('a payment nobody knows is PAYMENT_NOT_FOUND, also when it is only pre-registered', async () => {
  const sandbox = await startSandbox()
  const id = newPaymentId()
  await sandbox.portone('POST', `/payments/${id}/pre-register`, { totalAmount: 1000 })
  const answers = await Promise.all([
    sandbox.portone('GET', `/payments/${id}`),
    sandbox.portone('GET', '/payments/unknown'),
    sandbox.portone('GET', '/payments/unknown/transactions'),
    sandbox.portone('POST', '/payments/unknown/confirm', { paymentToken: 'x' }),
    sandbox.portone('POST', '/payments/unknown/cancel', { reason: 'x' }),
    sandbox.portone('POST', '/payments/unknown/resend-webhook', {}),
  ])
  for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { type: 'PAYMENT_NOT_FOUND' } })
})
