import { expect, test } from 'vitest'
import { startSandbox, type TestSandbox } from '../test-sandbox.ts'

const cancel = (sandbox: TestSandbox, id: string, body: Record<string, unknown> = {}) =>
  sandbox.portone('POST', `/payments/${id}/cancel`, { reason: '관람일 변경', ...body })

const refused = (type: string) => ({ status: 409, body: { type, message: expect.any(String) } })

test('without an amount everything left is given back, and a second cancel is PAYMENT_ALREADY_CANCELLED', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(11_000)
  const first = await cancel(sandbox, id)
  expect(first).toMatchObject({
    status: 200,
    body: { cancellation: { status: 'SUCCEEDED', totalAmount: 11_000, vatAmount: 1000, trigger: 'API' } },
  })
  expect(await cancel(sandbox, id)).toMatchObject(refused('PAYMENT_ALREADY_CANCELLED'))
  const payment = (await sandbox.portone('GET', `/payments/${id}`)).body
  expect(payment).toMatchObject({ status: 'CANCELLED', amount: { total: 11_000, cancelled: 11_000, paid: 0 } })
  expect(payment['cancellations']).toHaveLength(1)
})

test('parts add up: PARTIAL_CANCELLED until nothing is left', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000)
  await cancel(sandbox, id, { amount: 3000 })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'PARTIAL_CANCELLED' })
  expect(await cancel(sandbox, id, { amount: 7001 })).toMatchObject(refused('CANCEL_AMOUNT_EXCEEDS_CANCELLABLE_AMOUNT'))
  await cancel(sandbox, id, { amount: 7000 })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'CANCELLED' })
})

test('currentCancellableAmount lets one of twenty equal cancels through', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000)
  const body = { amount: 1000, currentCancellableAmount: 10_000 }
  const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(sandbox, id, body)))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  const others = answers.filter((answer) => answer.status !== 200)
  for (const answer of others) expect(answer).toMatchObject(refused('CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN'))
})

test.each(['FAILED', 'CLOSED', 'PAY_PENDING'])('a payment that is %s is PAYMENT_NOT_PAID', async (outcome) => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000, { outcome })
  expect(await cancel(sandbox, id)).toMatchObject(refused('PAYMENT_NOT_PAID'))
})

test.each([
  [{ amount: 1000, taxFreeAmount: 600, vatAmount: 500 }, 'SUM_OF_PARTS_EXCEEDS_CANCEL_AMOUNT'],
  [{ amount: 3000, taxFreeAmount: 2001 }, 'CANCEL_TAX_FREE_AMOUNT_EXCEEDS_CANCELLABLE_TAX_FREE_AMOUNT'],
  [{ amount: 9000 }, 'CANCEL_TAX_AMOUNT_EXCEEDS_CANCELLABLE_TAX_AMOUNT'],
])('%j of 10,000 won with 2,000 tax free is refused as %s', async (body, type) => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000, { taxFreeAmount: 2000 })
  expect(await cancel(sandbox, id, body)).toMatchObject(refused(type))
})

test.each([{ amount: 0 }, { amount: -5 }, { reason: '' }])('%j is INVALID_REQUEST', async (body) => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000)
  expect(await cancel(sandbox, id, body)).toMatchObject({ status: 400, body: { type: 'INVALID_REQUEST' } })
})

test('the hundred and first part is MAX_CANCEL_COUNT_REACHED', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(10_000)
  const answers = await Promise.all(Array.from({ length: 101 }, () => cancel(sandbox, id, { amount: 1 })))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(100)
  expect(answers.filter((answer) => answer.body['type'] === 'MAX_CANCEL_COUNT_REACHED')).toHaveLength(1)
})

test.each(['SUCCEEDED', 'FAILED'] as const)(
  'cancel-later: a part is REQUESTED, nothing has gone back and as much can be cancelled, until it has %s',
  async (outcome) => {
    const sandbox = await startSandbox()
    const { id } = await sandbox.paid(10_000)
    const match = 'POST /payments/*/cancel'
    await sandbox.call('PUT', '/sandbox/faults', [{ match, kind: 'cancel-later', times: 1 }])
    const asked = await cancel(sandbox, id, { amount: 3000, currentCancellableAmount: 10_000 })
    expect(asked).toMatchObject({ status: 200, body: { cancellation: { status: 'REQUESTED', totalAmount: 3000 } } })
    const read = async () => (await sandbox.portone('GET', `/payments/${id}`)).body
    const requested = {
      status: 'PAID',
      amount: { cancelled: 0, paid: 10_000 },
      cancellations: [{ status: 'REQUESTED' }],
    }
    expect(await read()).toMatchObject(requested)
    const ended = await sandbox.call('POST', `/sandbox/payments/${id}/end-cancellations`, { outcome })
    expect(ended).toMatchObject({ status: 200, body: { ended: 1 } })
    const cancelled = outcome === 'SUCCEEDED' ? 3000 : 0
    const status = outcome === 'SUCCEEDED' ? 'PARTIAL_CANCELLED' : 'PAID'
    expect(await read()).toMatchObject({ status, amount: { cancelled }, cancellations: [{ status: outcome }] })
    expect((await sandbox.call('POST', `/sandbox/payments/${id}/end-cancellations`, { outcome })).body).toEqual({
      ended: 0,
    })
  },
)
