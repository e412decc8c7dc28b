import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { registered, row, events, sandbox, others, look, confirm, reservationCancelled, lookAtDue, steps } = service

/** Somebody whose payment has failed while his payment window was still open. */
const failed = async (): Promise<Purchase> => {
  const purchase = await registered()
  others.endHold(purchase.reservation.reservationId)
  await reservationCancelled(purchase)
  await lookAtDue()
  expect((await row(purchase)).status).toBe('FAILED')
  return purchase
}
const secondsToNextCheck = async ({ paymentId }: Purchase) => {
  const { seconds } = await service.db
    .selectFrom('payments')
    .select(sql<number | null>`extract(epoch FROM next_check_at - now())::float8`.as('seconds'))
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow()
  return seconds
}
const setFailedAgo = async ({ paymentId }: Purchase, minutes: number) =>
  service.db
    .updateTable('payments')
    .set({ failed_at: sql<Date>`now() - make_interval(mins => ${minutes})` })
    .where('id', '=', paymentId)
    .execute()

describe('money that comes after the payment has failed is given back in full (data.md, purchase step 8)', () => {
  test('when the check job finds it', async () => {
    const purchase = await failed()
    await sandbox.pay(purchase.portonePaymentId)
    await look(purchase)
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ capturedAmount: 198_000, keptAmount: 0 })
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', next_check_at: null })
    expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
    expect((await steps(purchase)).slice(-2)).toEqual(['CANCEL STARTED', 'CANCEL DONE'])
  })

  test('when the buyer confirms it: 409, and the next look gives it back', async () => {
    const purchase = await failed()
    const window = await sandbox.pay(purchase.portonePaymentId)
    expect((await confirm({ ...purchase, ...window })).json()).toMatchObject({
      code: 'PAYMENT_FAILED',
      reason: 'RESERVATION_ENDED',
    })
    expect(await secondsToNextCheck(purchase)).toBeLessThanOrEqual(0)
    await lookAtDue()
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
  })

  test('once, even when the answer of the give-back is lost', async () => {
    const purchase = await failed()
    await sandbox.pay(purchase.portonePaymentId)
    await sandbox.misbehave({
      match: `POST /payments/${purchase.portonePaymentId}/cancel`,
      kind: 'drop-answer',
      times: 1,
    })
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', last_check_error: expect.any(String) })
    await look(purchase)
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 198_000 }])
    expect(await row(purchase)).toMatchObject({ next_check_at: null, last_check_error: null })
  })

  test('once, when two look at the same time', async () => {
    const purchase = await failed()
    await sandbox.pay(purchase.portonePaymentId)
    await Promise.all([look(purchase), look(purchase), look(purchase)])
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 198_000 }])
  })

  test('also after PortOne has refused it for a while', async () => {
    const purchase = await failed()
    await sandbox.pay(purchase.portonePaymentId)
    const match = `POST /payments/${purchase.portonePaymentId}/cancel`
    await sandbox.misbehave({ match, kind: 'status', value: 'PG_PROVIDER', times: 3 })
    for (let tries = 0; tries < 3; tries += 1) await look(purchase)
    expect(await row(purchase)).toMatchObject({ last_check_error: expect.stringContaining('PG_PROVIDER') })
    await look(purchase)
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
  })
})

describe('a failed payment is watched at ever longer intervals', () => {
  test.each([
    [0, 60],
    [4, 240],
    [64, 3_840],
  ])('%i minutes after its failure the next look comes in %i seconds', async (minutes, seconds) => {
    const purchase = await failed()
    await setFailedAgo(purchase, minutes)
    await look(purchase)
    expect(await secondsToNextCheck(purchase)).toBeCloseTo(seconds, -1)
  })

  test('after three hours no more', async () => {
    const purchase = await failed()
    await setFailedAgo(purchase, 181)
    await look(purchase)
    expect(await secondsToNextCheck(purchase)).toBeNull()
  })

  test('but never ends with a look PortOne did not answer', async () => {
    const purchase = await failed()
    await setFailedAgo(purchase, 600)
    await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset' })
    for (let looks = 0; looks < 12; looks += 1) await look(purchase)
    expect(await secondsToNextCheck(purchase)).toBeCloseTo(300, -1)
    await sandbox.misbehave()
    await sandbox.pay(purchase.portonePaymentId)
    await look(purchase)
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
  })
})
