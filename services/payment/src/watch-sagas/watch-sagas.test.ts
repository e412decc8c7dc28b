import { createMetrics } from '@ticket-queue/service-kit'
import { type Expression, sql } from 'kysely'
import { expect, test } from 'vitest'
import { checkUnsettled } from '../check-unsettled/check-unsettled.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { createLook } from './watch-sagas.job.ts'
import { readOpenSagas } from './watch-sagas.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, paid, registered, confirm, reservationCancelled, look, sandbox, others } = service

const alter = (purchase: Purchase, fields: Record<string, Expression<unknown> | number>) =>
  db.updateTable('payments').set(fields).where('id', '=', purchase.paymentId).execute()

test('open sagas are counted by step, and who cannot get his money back is an alarm until he has it', async () => {
  const before = service.logged.length
  const lines = () =>
    service.logged
      .slice(before)
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => /payments (do not )?settle/.test(msg))
  const metrics = createMetrics('payment')
  const watch = createLook({ ...service.deps, metrics })
  const allFigures = async () => {
    await watch()
    const text = await metrics.metrics()
    return text.split('\n').filter((line) => line.startsWith('payment_'))
  }
  const figure = async (name: string) =>
    Number(
      (await allFigures())
        .find((line) => line.startsWith(name))
        ?.split(' ')
        .at(-1) ?? Number.NaN,
    )

  const preRegister = 'payment_sagas_open{step="PRE_REGISTER"'
  await registered()
  const opened = await figure(preRegister)
  const waiting = await registered()
  await alter(waiting, { created_at: sql<Date>`now() - interval '90 seconds'` })
  expect(await figure(preRegister)).toBe(opened + 1)
  expect(await figure('payment_oldest_unsettled_age_seconds')).toBeCloseTo(90, -1)

  const purchase = await paid()
  await confirm(purchase)
  expect(await figure('payment_sagas_open{step="SUCCESS"')).toBeNaN()
  await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'status', value: 500 })
  await reservationCancelled(purchase, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 198_000 })
  for (let tries = 0; tries < 7; tries += 1) await look(purchase)
  expect(await figure('payment_sagas_open{step="REFUND"')).toBe(1)
  expect(await figure('payment_compensation_retries')).toBe(7)
  expect([await figure('payment_sagas_stuck'), lines()]).toEqual([0, []])

  await look(purchase)
  expect(await figure('payment_sagas_stuck')).toBe(1)
  await watch()
  expect(lines()).toMatchObject([{ level: 'error', stuck: 1, paymentIds: [purchase.paymentId] }])

  await sandbox.misbehave()
  await look(purchase)
  expect(await figure('payment_sagas_stuck')).toBe(0)
  expect(await figure('payment_compensation_retries')).toBe(0)
  expect(lines()).toHaveLength(2)
})

test('late money that cannot be given back is stuck, too', async () => {
  const purchase = await registered()
  others.endHold(purchase.reservation.reservationId)
  await look(purchase)
  await sandbox.pay(purchase.portonePaymentId)
  await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'status', value: 500 })
  await look(purchase)
  await alter(purchase, { check_count: 8 })
  expect((await readOpenSagas(db)).stuckIds).toContain(purchase.paymentId)
  await sandbox.misbehave()
  await look(purchase)
  expect((await readOpenSagas(db)).stuckIds).not.toContain(purchase.paymentId)
})

test('a second payment that is stuck is told, too', async () => {
  const told = () =>
    service.logged.filter((line) => line.includes('a person must look')).map((line) => JSON.parse(line))
  const before = told().length
  const watch = createLook({ ...service.deps, metrics: createMetrics('second') })
  const [first, second] = [await registered(), await registered()]
  const late = { hold_expires_at: sql<Date>`now() - interval '11 minutes'` }
  await alter(first, late)
  await watch()
  await alter(second, late)
  await watch()
  await watch()
  const named = told()
    .slice(before)
    .map(({ paymentIds }) => paymentIds)
  expect(named).toHaveLength(2)
  expect(named[0]).not.toContain(second.paymentId)
  expect(named[1]).toContain(second.paymentId)
  for (const one of [first, second]) await alter(one, { hold_expires_at: sql<Date>`now() + interval '5 minutes'` })
})

test('a look that fails by itself counts as one in vain', async () => {
  const purchase = await paid()
  const portone: typeof service.deps.portone = {
    ...service.deps.portone,
    read: async () => {
      throw new Error('a mistake of ours')
    },
  }
  for (let looks = 0; looks < 8; looks += 1)
    await checkUnsettled({ ...service.deps, portone }, await service.row(purchase))
  expect(await service.row(purchase)).toMatchObject({
    check_count: 8,
    last_check_error: 'The look failed: a mistake of ours',
  })
  expect((await readOpenSagas(db)).stuckIds).toContain(purchase.paymentId)
  await look(purchase)
  expect((await service.row(purchase)).status).toBe('SUCCESS')
})

test('a payment open ten minutes after its hold is stuck, one whose buyer may still pay is not', async () => {
  const [late, fresh] = [await registered(), await registered()]
  await alter(late, { hold_expires_at: sql<Date>`now() - interval '11 minutes'` })
  const { stuckIds } = await readOpenSagas(db)
  expect(stuckIds).toContain(late.paymentId)
  expect(stuckIds).not.toContain(fresh.paymentId)
  await alter(late, { hold_expires_at: sql<Date>`now() + interval '5 minutes'` })
  expect((await readOpenSagas(db)).stuck).toBe(0)
})
