import { expect, test } from 'vitest'
import { newPaymentId, startSandbox } from '../test-sandbox.ts'

const pay = (id: string) => `/sandbox/payments/${id}/pay`

test('one payment may fail, be closed and then succeed; after that it is ALREADY_PAID', async () => {
  const sandbox = await startSandbox()
  const id = newPaymentId()
  await sandbox.portone('POST', `/payments/${id}/pre-register`, { totalAmount: 1000 })
  const outcomes = ['FAILED', 'CLOSED', 'PAID']
  const transactionIds: unknown[] = []
  for (const outcome of outcomes) {
    const answer = await sandbox.call('POST', pay(id), { outcome })
    expect(answer.status).toBe(200)
    expect(answer.body['code'] === undefined).toBe(outcome === 'PAID')
    transactionIds.push(answer.body['transactionId'])
  }
  expect(await sandbox.call('POST', pay(id), { outcome: 'PAID' })).toMatchObject({
    status: 409,
    body: { code: 'ALREADY_PAID' },
  })
  expect(await sandbox.portone('POST', `/payments/${id}/pre-register`, { totalAmount: 1 })).toMatchObject({
    status: 409,
    body: { type: 'ALREADY_PAID' },
  })
  const { items } = (await sandbox.portone('GET', `/payments/${id}/transactions`)).body as { items: { id: string }[] }
  expect(items.map((item) => item.id)).toEqual(transactionIds)
  expect(items).toMatchObject([{ status: 'FAILED' }, { status: 'READY' }, { status: 'PAID' }])
})

test('twenty buyers at once on one payment pay once', async () => {
  const sandbox = await startSandbox()
  const id = newPaymentId()
  const call = () => sandbox.call('POST', pay(id), { outcome: 'PAID', totalAmount: 1000 })
  const answers = await Promise.all(Array.from({ length: 20 }, call))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
})

test('a buyer can pay another sum than was pre-registered', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(198_000, { totalAmount: 1000 })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ amount: { total: 1000 } })
})

test('a payment that nobody priced is AMOUNT_UNKNOWN', async () => {
  const sandbox = await startSandbox()
  const answer = await sandbox.call('POST', pay(newPaymentId()), { outcome: 'PAID' })
  expect(answer).toMatchObject({ status: 422, body: { code: 'AMOUNT_UNKNOWN' } })
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
})

test('a pending payment is settled by the next call as the same attempt', async () => {
  const sandbox = await startSandbox()
  const { id, window } = await sandbox.paid(1000, { outcome: 'PAY_PENDING' })
  const pending = (await sandbox.portone('GET', `/payments/${id}`)).body
  expect(pending).toMatchObject({ status: 'PAY_PENDING', pgTxId: expect.any(String) })
  await sandbox.call('POST', pay(id), { outcome: 'PAID' })
  const paid = (await sandbox.portone('GET', `/payments/${id}`)).body
  expect(paid).toMatchObject({ status: 'PAID', transactionId: window['transactionId'], pgTxId: pending['pgTxId'] })
})

test('the channel is TEST unless a payment says LIVE', async () => {
  const sandbox = await startSandbox()
  const test = await sandbox.paid(1000)
  const live = await sandbox.paid(1000, { channelType: 'LIVE', channelKey: 'channel-live' })
  expect((await sandbox.portone('GET', `/payments/${test.id}`)).body).toMatchObject({ channel: { type: 'TEST' } })
  expect((await sandbox.portone('GET', `/payments/${live.id}`)).body).toMatchObject({
    channel: { type: 'LIVE', key: 'channel-live' },
  })
})

test('a misspelt field is refused', async () => {
  const sandbox = await startSandbox()
  const answer = await sandbox.call('POST', pay(newPaymentId()), { outcome: 'PAID', totalAmmount: 5 })
  expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } })
})
