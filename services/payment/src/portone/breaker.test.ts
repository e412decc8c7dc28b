import { createMetrics } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { doNotPayTwice } from '../errors.ts'
import { outcome, testPaymentService } from '../test-payment-service.ts'
import { portoneSecret, storeId } from '../test-sandbox.ts'
import { createPortoneTransport, type PortoneSettings } from './call-portone.ts'
import { createPortone } from './portone.ts'

const service = await testPaymentService({ PORTONE_BREAKER_RESET_MS: '1000', PORTONE_TIMEOUT_MS: '3000' })
const { confirm, sandbox, registered, buyer, register, row } = service

const times = (count: number) => Array.from({ length: count }, (_, index) => index)
const metrics = () => service.deps.metrics.metrics()
const isOpen = async (operation: string) =>
  new RegExp(`^portone_breaker_open\\{[^}]*operation="${operation}"[^}]*\\} 1$`, 'm').test(await metrics())

test('above half of the calls failing it opens, answers 503 at once with the warning, and closes after its pause (PAY-009, GW-017)', async () => {
  const purchases = await Promise.all(times(13).map(() => registered()))
  const [last, ...others] = purchases
  await sandbox.misbehave(
    { match: 'GET /payments/*', kind: 'delay', value: 600 },
    { match: 'GET /payments/*', kind: 'reset' },
  )
  await Promise.all(others.map((purchase) => confirm(purchase)))
  expect(await isOpen('read')).toBe(true)

  if (!last) throw new Error('nobody has bought')
  await sandbox.pay(last.portonePaymentId)
  const answer = await confirm(last)
  expect(outcome(answer)).toBe('503 PORTONE_UNAVAILABLE')
  expect(answer.json().detail).toBe(doNotPayTwice)
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  await waitUntil(async () => (await row(last)).last_check_error === 'Breaker is open')
  expect((await row(last)).status).toBe('PENDING')
  // Each operation has its own: opening payments goes on.
  expect((await register(await buyer())).statusCode).toBe(201)

  await sandbox.misbehave()
  await waitUntil(async () => (await confirm(last)).statusCode === 200)
  expect(await isOpen('read')).toBe(false)
  expect(await metrics()).toMatch(/portone_calls_total\{[^}]*operation="read"[^}]*outcome="breaker-open"[^}]*\} [1-9]/)
})

const portoneWith = (fields: Partial<PortoneSettings> = {}) => {
  const timeoutsMs = { 'pre-register': 3_000, read: 3_000, list: 3_000, confirm: 3_000, cancel: 3_000 }
  const asked = { baseUrl: sandbox.url, apiSecret: portoneSecret, timeoutsMs, metrics: createMetrics('portone') }
  const breaker = { breakerCallsMin: 1_000, breakerResetMs: 1_000 }
  return createPortone(createPortoneTransport({ ...asked, ...breaker, ...fields }), { storeId })
}
const cancelAt = (portone: typeof service.deps.portone) =>
  portone.cancel('nobody', { amount: 1, cancellableAmount: 1, reason: 'test', idempotencyKey: crypto.randomUUID() })

test('an open breaker answers without asking PortOne, who opens a payment and who confirms one', async () => {
  const purchase = await service.paid()
  const portone = portoneWith({ breakerCallsMin: 4, breakerResetMs: 600_000 })
  const app = await buildApp({ ...service.deps, portone })
  const at = service.buyersAt(app)
  await sandbox.misbehave({ match: '* /payments/*', kind: 'status', value: 503 })
  for (const _ of times(6)) {
    await at.register(await at.buyer())
    await at.confirm(purchase)
  }
  // Changes nothing and counts what comes.
  await sandbox.misbehave({ match: '* /*', kind: 'delay', value: 0 })
  const late = await at.buyer()
  for (const answer of [await at.register(late), await at.confirm(purchase)]) {
    expect(outcome(answer)).toBe('503 PORTONE_UNAVAILABLE')
    expect(answer.json().detail).toMatch(/다시 결제하지 말고.*do not pay again/)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }
  expect(await sandbox.strikes()).toEqual([0])
  // Nobody was asked and nothing written for a payment that cannot be opened now, and seats are pinned once.
  expect(service.others.calls(late.reservation.reservationId)).toBe(0)
  const begun = service.others.begins(purchase.reservation.reservationId)
  expect(outcome(await at.confirm(purchase))).toBe('503 PORTONE_UNAVAILABLE')
  expect(service.others.begins(purchase.reservation.reservationId)).toBe(begun)
  expect((await confirm(purchase)).statusCode).toBe(200)
  expect(await sandbox.strikes()).toEqual([1])
  await app.close()
  await portone.close()
})

test('however many cancellations hang, a buyer’s payment is read at once', async () => {
  const portone = portoneWith()
  await sandbox.misbehave({ match: 'POST /payments/*/cancel', kind: 'delay', value: 800 })
  const hanging = times(100).map(() => cancelAt(portone))
  expect(await Promise.race([portone.read('nobody'), Promise.any(hanging)])).toEqual({ outcome: 'absent' })
  await Promise.all(hanging)
  await portone.close()
})

test('a cancellation may take longer than a read, because who stops waiting stops nothing', async () => {
  const timeoutsMs = { 'pre-register': 200, read: 200, list: 200, confirm: 3_000, cancel: 3_000 }
  const portone = portoneWith({ timeoutsMs })
  await sandbox.misbehave({ match: '* /payments/*', kind: 'delay', value: 600 })
  const [read, cancelled] = await Promise.all([portone.read('nobody'), cancelAt(portone)])
  expect([read.outcome, cancelled.outcome]).toEqual(['unknown', 'refused'])
  await portone.close()
})

test('refusals PortOne explains, and cards it declines, never open it', async () => {
  await sandbox.misbehave({ match: 'POST /payments/*/cancel', kind: 'status', value: 'PG_PROVIDER' })
  const cancel = () => cancelAt(service.deps.portone)
  const answers = await Promise.all(times(20).map(cancel))
  expect(new Set(answers.map((answer) => answer.outcome === 'refused' && answer.type))).toEqual(
    new Set(['PG_PROVIDER']),
  )
  await sandbox.misbehave()
  expect(await cancel()).toEqual({ outcome: 'refused', type: 'PAYMENT_NOT_FOUND' })
  expect(await isOpen('cancel')).toBe(false)
})
