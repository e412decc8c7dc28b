import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { doNotPayTwice } from '../errors.ts'
import { outcome, testPaymentService } from '../test-payment-service.ts'

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

test('an open breaker answers without asking PortOne', async () => {
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', kind: 'status', value: 503 })
  await waitUntil(async () => {
    await register(await buyer())
    return isOpen('pre-register')
  })
  await sandbox.misbehave({ match: 'POST /payments/*/pre-register', kind: 'delay', value: 2_500 })
  const beganMs = performance.now()
  expect(outcome(await register(await buyer()))).toBe('503 PORTONE_UNAVAILABLE')
  expect(performance.now() - beganMs).toBeLessThan(1_000)
  await sandbox.misbehave()
  await waitUntil(async () => (await register(await buyer())).statusCode === 201)
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
