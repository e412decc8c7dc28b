import { describe, expect, test } from 'vitest'
import { recordStep } from '../store/payments.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { paid, registered, confirm, row, events, steps, sandbox, others, look, lookAtDue, reservationCancelled } =
  service

/** Somebody who has a ticket and gives it up. */
const bought = async (): Promise<Purchase> => {
  const purchase = await paid()
  expect((await confirm(purchase)).statusCode).toBe(200)
  return purchase
}
const givenUp = async (refundAmount: number): Promise<Purchase> => {
  const purchase = await bought()
  const feeAmount = 198_000 - refundAmount
  await reservationCancelled(purchase, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount, feeAmount })
  return purchase
}
const cancelOf = ({ portonePaymentId }: Purchase) => `POST /payments/${portonePaymentId}/cancel`

describe('a reservation that ends before it is paid ends its payment', () => {
  test('PENDING → FAILED at once, with one PaymentFailed', async () => {
    const purchase = await registered()
    others.endHold(purchase.reservation.reservationId)
    await reservationCancelled(purchase)
    expect(await lookAtDue()).toContain(purchase.paymentId)
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'RESERVATION_ENDED' })
    expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
  })

  test('and gives back what was paid meanwhile', async () => {
    const purchase = await paid()
    others.endHold(purchase.reservation.reservationId)
    await reservationCancelled(purchase)
    await lookAtDue()
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'CANCELLED' })
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
  })

  test('a payment that has failed, or is another reservation’s, is left as it is', async () => {
    const [failed, other] = [await registered(), await registered()]
    others.endHold(failed.reservation.reservationId)
    await reservationCancelled(failed)
    await lookAtDue()
    const before = await row(failed)
    await reservationCancelled(failed, { refundAmount: 198_000 })
    expect([await row(failed), (await row(other)).status]).toEqual([before, 'PENDING'])
  })
})

describe('a ticket given up is refunded (data.md, purchase step 7)', () => {
  test('by exactly what is due, with one PaymentRefunded', async () => {
    const purchase = await givenUp(178_200)
    expect(await lookAtDue()).toContain(purchase.paymentId)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 178_200, next_check_at: null })
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 19_800 })
    expect(await events(purchase)).toMatchObject([
      { type: 'PaymentSuccess' },
      { type: 'PaymentRefunded', payload: { refundAmount: 178_200, amount: 198_000 } },
    ])
    expect((await steps(purchase)).slice(-3)).toEqual(['REFUND STARTED', 'REFUND DONE', 'REFUNDED DONE'])
    expect((await confirm(purchase)).json()).toMatchObject({ code: 'PAYMENT_REFUNDED', paymentId: purchase.paymentId })
  })

  test('in full when nothing is kept as a fee', async () => {
    const purchase = await givenUp(198_000)
    await lookAtDue()
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ status: 'CANCELLED', keptAmount: 0 })
  })

  test('not at all when the fee is the whole price: the payment stays SUCCESS and is not looked at', async () => {
    const purchase = await givenUp(0)
    expect(await lookAtDue()).not.toContain(purchase.paymentId)
    expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', refund_due_amount: null })
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(198_000)
  })

  test('never by more than was paid', async () => {
    const purchase = await givenUp(999_999_999)
    await lookAtDue()
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000 })
  })

  test('once, even when PortOne’s answer is lost', async () => {
    const purchase = await givenUp(178_200)
    await sandbox.misbehave({ match: cancelOf(purchase), kind: 'drop-answer', times: 1 })
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', last_check_error: expect.any(String) })
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 178_200 })
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 178_200 }])
  })

  test('once, when the event comes twice and several look at the same time', async () => {
    const purchase = await givenUp(178_200)
    const again = { reason: 'USER_CANCELLED' as const, refundAmount: 198_000 }
    await Promise.all([look(purchase), look(purchase), reservationCancelled(purchase, again), look(purchase)])
    await look(purchase)
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 178_200 }])
    expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess', 'PaymentRefunded'])
  })

  test.each([
    ['PortOne cannot be read', 'GET', { kind: 'status', value: 500 } as const],
    ['PortOne is away', 'POST', { kind: 'reset' } as const],
    ['the card company refuses', 'POST', { kind: 'status', value: 'PG_PROVIDER' } as const],
  ])('as soon as it can be: %s', async (_how, method, fault) => {
    const purchase = await givenUp(178_200)
    const path = method === 'GET' ? `GET /payments/${purchase.portonePaymentId}` : cancelOf(purchase)
    await sandbox.misbehave({ match: path, ...fault })
    await look(purchase)
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', check_count: 2 })
    await sandbox.misbehave()
    await look(purchase)
    expect((await row(purchase)).status).toBe('REFUNDED')
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 178_200 }])
  })

  /** PortOne keeps an idempotency key for three hours; a refusal is what gives the next request another one. */
  const keyIsForgotten = ({ paymentId }: Purchase, step: 'CANCEL' | 'REFUND') =>
    recordStep(service.db, { paymentId, step, state: 'FAILED', detail: { type: 'KEY_FORGOTTEN' } })

  test('once, when the card company only takes it and carries it out long after', async () => {
    const purchase = await givenUp(90_000)
    await sandbox.misbehave({ match: cancelOf(purchase), kind: 'cancel-later' })
    await look(purchase)
    for (let looks = 0; looks < 2; looks += 1) {
      await keyIsForgotten(purchase, 'REFUND')
      await look(purchase)
    }
    expect(await row(purchase)).toMatchObject({
      status: 'SUCCESS',
      check_count: 3,
      last_check_error: 'PortOne has yet to carry out a cancellation of 90000 won',
    })
    expect(await sandbox.endCancellations(purchase.portonePaymentId, 'SUCCEEDED')).toEqual({ ended: 1 })
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 90_000 })
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 90_000 }])
  })

  test('anew, when the card company refuses what it had taken', async () => {
    const purchase = await givenUp(90_000)
    await sandbox.misbehave({ match: cancelOf(purchase), kind: 'cancel-later', times: 1 })
    await look(purchase)
    await sandbox.endCancellations(purchase.portonePaymentId, 'FAILED')
    expect((await row(purchase)).status).toBe('SUCCESS')
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 90_000 })
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 90_000 }])
  })

  test('what the console has asked for and is not carried out is waited for, not added to', async () => {
    const purchase = await givenUp(90_000)
    await sandbox.misbehave({ match: cancelOf(purchase), kind: 'cancel-later', times: 1 })
    await sandbox.cancelInConsole(purchase.portonePaymentId, 90_000)
    await look(purchase)
    await sandbox.endCancellations(purchase.portonePaymentId, 'SUCCEEDED')
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 90_000 })
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(108_000)
  })

  test('what somebody has given back by hand is counted in', async () => {
    const purchase = await givenUp(178_200)
    await sandbox.cancelInConsole(purchase.portonePaymentId, 100_000)
    await look(purchase)
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ cancelledAmount: 178_200 })
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 178_200 })
  })

  test('what was given back by hand beyond that is what our books say, too', async () => {
    const purchase = await givenUp(178_200)
    await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000 })
    expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toHaveLength(1)
  })
})
