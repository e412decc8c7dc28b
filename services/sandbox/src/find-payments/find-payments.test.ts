import { PortOneClient } from '@portone/server-sdk'
import { expect, test } from 'vitest'
import { apiSecret, newPaymentId, startSandbox, type TestSandbox } from '../test-sandbox.ts'

const sdk = (sandbox: TestSandbox) =>
  PortOneClient({ secret: apiSecret, baseUrl: sandbox.url, storeId: 'store-test' }).payment

const byBody = (path: string, body: unknown) => `${path}?requestBody=${encodeURIComponent(JSON.stringify(body))}`

test("PortOne's own SDK pre-registers, reads, cancels and lists", async () => {
  const sandbox = await startSandbox()
  const client = sdk(sandbox)
  const paymentId = newPaymentId()
  await client.preRegisterPayment({ paymentId, totalAmount: 110_000, currency: 'KRW' })
  await expect(client.getPayment({ paymentId })).rejects.toMatchObject({ data: { type: 'PAYMENT_NOT_FOUND' } })
  await sandbox.call('POST', `/sandbox/payments/${paymentId}/pay`, { outcome: 'PAID' })
  expect(await client.getPayment({ paymentId })).toMatchObject({
    status: 'PAID',
    id: paymentId,
    storeId: 'store-test',
    version: 'V2',
    channel: { type: 'TEST', pgProvider: expect.any(String), pgMerchantId: expect.any(String) },
    amount: { total: 110_000, taxFree: 0, vat: 10_000, supply: 100_000, discount: 0, paid: 110_000, cancelled: 0 },
    currency: 'KRW',
    origin: { platformType: 'PC', ipAddress: expect.any(String) },
    disputes: [],
  })
  await client.cancelPayment({ paymentId, reason: 'x', amount: 10_000 })
  expect(await client.getPayments({})).toMatchObject({
    items: [{ id: paymentId, status: 'PARTIAL_CANCELLED' }],
    page: { number: 0, size: 10, totalCount: 1 },
  })
})

test('each status has the fields of its own and the times agree', async () => {
  const sandbox = await startSandbox()
  const read = async (id: string) => (await sandbox.portone('GET', `/payments/${id}`)).body
  const failed = await read((await sandbox.paid(1000, { outcome: 'FAILED' })).id)
  expect(failed).toMatchObject({ status: 'FAILED', failedAt: failed['statusChangedAt'] })
  expect(failed['failure']).toEqual({
    reason: expect.any(String),
    pgCode: expect.any(String),
    pgMessage: expect.any(String),
  })
  const ready = await read((await sandbox.paid(1000, { outcome: 'CLOSED' })).id)
  expect(ready).toMatchObject({ status: 'READY', amount: { total: 1000, paid: 0 } })
  for (const field of ['paidAt', 'failedAt', 'pgTxId', 'disputes', 'cancellations'])
    expect(ready).not.toHaveProperty(field)
  const { id } = await sandbox.paid(1000)
  const paid = await read(id)
  expect(paid).toMatchObject({ paidAt: paid['statusChangedAt'], receiptUrl: expect.any(String) })
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x' })
  const cancelled = await read(id)
  expect(cancelled).toMatchObject({
    status: 'CANCELLED',
    paidAt: paid['paidAt'],
    cancelledAt: cancelled['statusChangedAt'],
  })
  expect(cancelled).not.toHaveProperty('disputes')
})

test('the paged list filters by status, spells PAY_PENDING as PENDING, and pages newest first', async () => {
  const sandbox = await startSandbox()
  const ids: string[] = []
  for (const outcome of ['PAID', 'FAILED', 'PAY_PENDING', 'PAID', 'PAID']) {
    ids.push((await sandbox.paid(1000, { outcome })).id)
  }
  const list = async (body: unknown) => {
    const answer = (await sandbox.portone('GET', byBody('/payments', body))).body
    const { items, page } = answer as { items: { id: string }[]; page: { totalCount: number } }
    return { ids: items.map((item) => item.id), total: page.totalCount }
  }
  expect(await list({ filter: { status: ['PENDING'] } })).toEqual({ ids: [ids[2]], total: 1 })
  const sizeTwo = (number: number) => ({ page: { number, size: 2 }, filter: { status: ['PAID'] } })
  expect(await list(sizeTwo(0))).toEqual({ ids: [ids[4], ids[3]], total: 3 })
  expect(await list(sizeTwo(1))).toEqual({ ids: [ids[0]], total: 3 })
  expect(await list({ filter: { until: '2020-01-01T00:00:00Z' } })).toEqual({ ids: [], total: 0 })
})

test('what is cancelled weeks after it was paid is among the changes of that time, and no longer among those of the day it was made', async () => {
  const sandbox = await startSandbox()
  const id = newPaymentId()
  const paid = { outcome: 'PAID', totalAmount: 1000, at: '2026-03-01T12:00:00+09:00' }
  await sandbox.call('POST', `/sandbox/payments/${id}/pay`, paid)
  const listed = async (timestampType: string, filter: object) => {
    const body = { filter: { timestampType, sortBy: 'STATUS_CHANGED_AT', sortOrder: 'ASC', ...filter } }
    const { items } = (await sandbox.portone('GET', byBody('/payments', body))).body as { items: { id: string }[] }
    return items.map((item) => item.id)
  }
  const march = { from: '2026-02-28T15:00:00Z', until: '2026-03-01T15:00:00Z' }
  const since = { from: new Date(Date.now() - 60_000).toISOString() }
  expect(await listed('STATUS_CHANGED_AT', march)).toEqual([id])
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'chargeback' })
  expect(await listed('CREATED_AT', march)).toEqual([id])
  expect(await listed('STATUS_CHANGED_AT', march)).toEqual([])
  expect(await listed('STATUS_CHANGED_AT', since)).toEqual([id])
  expect(await listed('CREATED_AT', since)).toEqual([])
})

test('the cursor list gives every payment once, whatever the page size', async () => {
  const sandbox = await startSandbox()
  const ids: string[] = []
  for (let made = 0; made < 7; made += 1) ids.push((await sandbox.paid(1000)).id)
  const seen: string[] = []
  let cursor: string | undefined
  for (;;) {
    const answer = (await sandbox.portone('GET', byBody('/payments-by-cursor', { size: 3, cursor }))).body
    const { items } = answer as { items: { payment: { id: string }; cursor: string }[] }
    if (items.length === 0) break
    seen.push(...items.map((item) => item.payment.id))
    cursor = items.at(-1)?.cursor
  }
  expect(seen).toEqual(ids)
})

test.each(['{', '[]', '{"page":{"size":1001}}', '{"page":{"number":60000,"size":10}}'])(
  'the query %s is INVALID_REQUEST',
  async (text) => {
    const sandbox = await startSandbox()
    const answer = await sandbox.portone('GET', `/payments?requestBody=${encodeURIComponent(text)}`)
    expect(answer).toMatchObject({ status: 400, body: { type: 'INVALID_REQUEST' } })
  },
)
