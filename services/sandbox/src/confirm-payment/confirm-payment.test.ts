import { expect, test } from 'vitest'
import { startSandbox } from '../test-sandbox.ts'

const manual = { CONFIRM_MODE: 'MANUAL' }

test('manual approval takes the money at confirm, not at the window', async () => {
  const sandbox = await startSandbox(manual)
  const { id, window } = await sandbox.paid(7000)
  expect(window['paymentToken']).toEqual(expect.any(String))
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'READY', amount: { paid: 0 } })
  const confirmed = await sandbox.portone('POST', `/payments/${id}/confirm`, { paymentToken: window['paymentToken'] })
  expect(confirmed.status).toBe(200)
  const payment = (await sandbox.portone('GET', `/payments/${id}`)).body
  expect(payment).toMatchObject({ status: 'PAID', ...confirmed.body, amount: { paid: 7000 } })
})

test('twenty confirms at once take the money once, the others are ALREADY_PAID', async () => {
  const sandbox = await startSandbox(manual)
  const { id, window } = await sandbox.paid(7000)
  const body = { paymentToken: window['paymentToken'], totalAmount: 7000, currency: 'KRW', isTest: true }
  const calls = Array.from({ length: 20 }, () => sandbox.portone('POST', `/payments/${id}/confirm`, body))
  const answers = await Promise.all(calls)
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 409 && answer.body['type'] === 'ALREADY_PAID')).toHaveLength(19)
  const ledger = (await sandbox.call('GET', `/sandbox/ledger?paymentId=${id}`)).body
  expect(ledger['totals']).toMatchObject({ captures: 1, capturedAmount: 7000 })
})

test.each([
  ['txId', 'another-transaction'],
  ['currency', 'USD'],
  ['totalAmount', 6999],
  ['taxFreeAmount', 1],
  ['isTest', false],
])('a %s that does not agree is INFORMATION_MISMATCH and takes nothing', async (field, value) => {
  const sandbox = await startSandbox(manual)
  const { id, window } = await sandbox.paid(7000)
  const body = { paymentToken: window['paymentToken'], [field]: value }
  const answer = await sandbox.portone('POST', `/payments/${id}/confirm`, body)
  expect(answer).toMatchObject({ status: 409, body: { type: 'INFORMATION_MISMATCH' } })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'READY' })
})

test('another token is INVALID_PAYMENT_TOKEN, none at all INVALID_REQUEST', async () => {
  const sandbox = await startSandbox(manual)
  const { id } = await sandbox.paid(7000)
  const wrong = await sandbox.portone('POST', `/payments/${id}/confirm`, { paymentToken: 'guess' })
  expect(wrong).toMatchObject({ status: 400, body: { type: 'INVALID_PAYMENT_TOKEN' } })
  const none = await sandbox.portone('POST', `/payments/${id}/confirm`, {})
  expect(none).toMatchObject({ status: 400, body: { type: 'INVALID_REQUEST' } })
})

test('a confirm that comes too late fails at the card processor and fails the attempt', async () => {
  const sandbox = await startSandbox({ ...manual, CONFIRM_WINDOW_SECONDS: '60' })
  const { id, window } = await sandbox.paid(7000)
  sandbox.pass(61_000)
  const answer = await sandbox.portone('POST', `/payments/${id}/confirm`, { paymentToken: window['paymentToken'] })
  expect(answer).toMatchObject({
    status: 502,
    body: { type: 'PG_PROVIDER', pgCode: expect.any(String), pgMessage: expect.any(String) },
  })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'FAILED' })
})
