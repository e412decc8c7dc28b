import { appendFile, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startReceiver } from '../test-receiver.ts'
import { newPaymentId, startSandbox } from '../test-sandbox.ts'

async function newLedgerFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, 'books', 'ledger.jsonl')
}

test('a restart keeps the books: payments, tokens, stored answers, people', async () => {
  const settings = { LEDGER_FILE: await newLedgerFile(), CONFIRM_MODE: 'MANUAL' }
  const before = await startSandbox(settings)
  const waiting = await before.paid(3000)
  const { id } = await before.paid(5000, { confirm: 'AUTO' })
  const key = { 'idempotency-key': '"refund-of-payment-1"' }
  const refund = await before.portone('POST', `/payments/${id}/cancel`, { reason: 'x', amount: 2000 }, key)
  const verified = await before.call('POST', '/sandbox/identity-verifications', {
    ...{ name: '김', phone: '01012345678', birthDate: '1999-01-01' },
  })
  const ledger = (await before.call('GET', '/sandbox/ledger')).body
  await before.close()

  const after = await startSandbox(settings)
  expect((await after.call('GET', '/sandbox/ledger')).body).toEqual(ledger)
  const again = await after.portone('POST', `/payments/${id}/cancel`, { reason: 'x', amount: 2000 }, key)
  expect(again).toMatchObject({ status: 200, text: refund.text })
  const path = `/identity-verifications/${verified.body['identityVerificationId']}`
  expect((await after.portone('GET', path)).status).toBe(200)
  const { paymentToken } = waiting.window
  expect((await after.portone('POST', `/payments/${waiting.id}/confirm`, { paymentToken })).status).toBe(200)
})

test('an answered call is in the file before its answer leaves', async () => {
  const file = await newLedgerFile()
  const sandbox = await startSandbox({ LEDGER_FILE: file })
  const ids = Array.from({ length: 30 }, newPaymentId)
  await Promise.all(
    ids.map(async (id) => {
      await sandbox.call('POST', `/sandbox/payments/${id}/pay`, { outcome: 'PAID', totalAmount: 10 })
      expect(await readFile(file, 'utf8')).toContain(`"paymentId":"${id}"`)
    }),
  )
})

test('a line cut off by a crash is dropped; one damaged in the middle stops the start and names the file', async () => {
  const settings = { LEDGER_FILE: await newLedgerFile() }
  const before = await startSandbox(settings)
  await before.paid(5000)
  await before.close()
  await appendFile(settings.LEDGER_FILE, '{"kind":"cancelled","paymentId":"te')
  const after = await startSandbox(settings)
  expect((await after.call('GET', '/sandbox/ledger')).body['totals']).toMatchObject({ keptAmount: 5000 })
  await after.paid(6000)
  await after.close()
  const third = await startSandbox(settings)
  expect((await third.call('GET', '/sandbox/ledger')).body['totals']).toMatchObject({ keptAmount: 11_000 })
  await third.close()
  await appendFile(settings.LEDGER_FILE, 'nonsense\n{}\n')
  await expect(startSandbox(settings)).rejects.toThrow(settings.LEDGER_FILE)
})

test('a webhook that was not delivered before a restart is delivered after it', async () => {
  const settings = { LEDGER_FILE: await newLedgerFile() }
  const before = await startSandbox({ ...settings, WEBHOOK_URL: 'http://127.0.0.1:1/webhook' })
  const receiver = await startReceiver()
  const pay = { match: 'POST /sandbox/payments/*/pay', kind: 'webhook-delay', value: 60_000 }
  await before.call('PUT', '/sandbox/faults', [pay])
  const { id } = await before.paid(5000, { noticeUrls: [receiver.url] })
  await before.close()
  await startSandbox(settings)
  expect((await receiver.received(1))[0]?.event.data['paymentId']).toBe(id)
})

test('the ledger tells attempts, captures and cancellations of every payment, and totals that add up', async () => {
  const sandbox = await startSandbox()
  const { id } = await sandbox.paid(5000, { outcome: 'FAILED' })
  await sandbox.call('POST', `/sandbox/payments/${id}/pay`, { outcome: 'PAID' })
  await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: '변심', amount: 1500 })
  await sandbox.paid(700)
  const ledger = (await sandbox.call('GET', '/sandbox/ledger')).body
  expect(ledger['totals']).toMatchObject({
    ...{ payments: 2, attempts: 3, captures: 2, cancellations: 1 },
    ...{ capturedAmount: 5700, cancelledAmount: 1500, keptAmount: 4200 },
  })
  expect((ledger['payments'] as { paymentId: string }[]).find((payment) => payment.paymentId === id)).toMatchObject({
    ...{ status: 'PARTIAL_CANCELLED', registration: { totalAmount: 5000 }, keptAmount: 3500 },
    attempts: [{ status: 'FAILED' }, { status: 'PAID' }],
    captures: [{ amount: 5000, by: 'window' }],
    cancellations: [{ amount: 1500, reason: '변심' }],
  })
})

test('reset forgets everything, in the file too, and ends faults', async () => {
  const settings = { LEDGER_FILE: await newLedgerFile() }
  const sandbox = await startSandbox(settings)
  const { id } = await sandbox.paid(5000)
  await sandbox.call('PUT', '/sandbox/faults', [{ match: '* /*', kind: 'reset' }])
  expect((await sandbox.call('POST', '/sandbox/reset')).status).toBe(204)
  expect((await sandbox.portone('GET', `/payments/${id}`)).status).toBe(404)
  expect(await readFile(settings.LEDGER_FILE, 'utf8')).not.toContain(id)
  const { size } = await stat(settings.LEDGER_FILE)
  await sandbox.paid(700)
  expect((await stat(settings.LEDGER_FILE)).size).toBeGreaterThan(size)
  await sandbox.close()
  const after = await startSandbox(settings)
  expect((await after.call('GET', '/sandbox/ledger')).body['totals']).toMatchObject({ payments: 1, keptAmount: 700 })
})

test('full books refuse new work in clear words and still answer questions', async () => {
  const sandbox = await startSandbox({ MAX_ENTRIES: '6' })
  const { id } = await sandbox.paid(5000)
  await sandbox.paid(5000)
  const refused = await sandbox.call('POST', `/sandbox/payments/${newPaymentId()}/pay`, {
    outcome: 'PAID',
    totalAmount: 1,
  })
  expect(refused).toMatchObject({
    status: 503,
    body: { code: 'SANDBOX_FULL', detail: expect.stringContaining('reset') },
  })
  const cancel = await sandbox.portone('POST', `/payments/${id}/cancel`, { reason: 'x' })
  expect(cancel).toMatchObject({ status: 503, body: { type: 'SANDBOX_FULL' } })
  expect((await sandbox.portone('GET', `/payments/${id}`)).body).toMatchObject({ status: 'PAID' })
  await sandbox.call('POST', '/sandbox/reset')
  expect((await sandbox.paid(1)).window).toHaveProperty('transactionId')
})
