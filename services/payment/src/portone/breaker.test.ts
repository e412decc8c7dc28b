import { createMetrics } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { buildApp } from '../app.ts'
import { doNotPayTwice } from '../errors.ts'
import { outcome, testPaymentService } from '../test-payment-service.ts'
import { portoneSecret, storeId } from '../test-sandbox.ts'
import { createPortoneTransport } from './call-portone.ts'
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
  expect(await row(last)).toMatchObject({ status: 'PENDING', last_check_error: 'Breaker is open' })
  // Each operation has its own: opening payments goes on.
  expect((await register(await buyer())).statusCode).toBe(201)

  await sandbox.misbehave()
  await waitUntil(async () => (await confirm(last)).statusCode === 200)
  expect(await isOpen('read')).toBe(false)
  expect(await metrics()).toMatch(/portone_calls_total\{[^}]*operation="read"[^}]*outcome="breaker-open"[^}]*\} [1-9]/)
})

test('an open breaker answers without asking PortOne, who opens a payment and who confirms one', async () => {
  const purchase = await service.paid()
  const transport = createPortoneTransport({
    ...{ baseUrl: sandbox.url, apiSecret: portoneSecret, timeoutMs: 3_000, metrics: createMetrics('open-breaker') },
    ...{ breakerCallsMin: 4, breakerResetMs: 600_000 },
  })
  const portone = createPortone(transport, { storeId })
  const app = await buildApp({ ...service.deps, portone })
  const at = service.buyersAt(app)
  await sandbox.misbehave({ match: '* /payments/*', kind: 'status', value: 503 })
  for (const _ of times(6)) {
    await at.register(await at.buyer())
    await at.confirm(purchase)
  }
  // Changes nothing and counts what comes.
  await sandbox.misbehave({ match: '* /*', kind: 'delay', value: 0 })
  for (const answer of [await at.register(await at.buyer()), await at.confirm(purchase)]) {
    expect(outcome(answer)).toBe('503 PORTONE_UNAVAILABLE')
    expect(answer.json().detail).toMatch(/다시 결제하지 말고.*do not pay again/)
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  }
  expect(await sandbox.strikes()).toEqual([0])
  expect((await confirm(purchase)).statusCode).toBe(200)
  expect(await sandbox.strikes()).toEqual([1])
  await app.close()
  await portone.close()
})

test('refusals PortOne explains, and cards it declines, never open it', async () => {
  await sandbox.misbehave({ match: 'POST /payments/*/cancel', kind: 'status', value: 'PG_PROVIDER' })
  const { portone } = service.deps
  const cancel = async () => {
    const input = { amount: 1, cancellableAmount: 1, reason: 'test', idempotencyKey: crypto.randomUUID() }
    return portone.cancel('nobody', input)
  }
  const answers = await Promise.all(times(20).map(cancel))
  expect(new Set(answers.map((answer) => answer.outcome === 'refused' && answer.type))).toEqual(
    new Set(['PG_PROVIDER']),
  )
  await sandbox.misbehave()
  expect(await cancel()).toEqual({ outcome: 'refused', type: 'PAYMENT_NOT_FOUND' })
  expect(await isOpen('cancel')).toBe(false)
})
