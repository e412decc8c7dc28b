import { randomUUID } from 'node:crypto'
import { listen } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { checkUnsettledJob } from '../check-unsettled/check-unsettled.job.ts'
import { recordStep } from '../store/payments.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { signedHeaders } from '../test-sandbox.ts'
import { conclude, undo } from './conclude-payment.ts'
import { lookAtPortone } from './look-at-portone.ts'
import { markFailed, markRefunded } from './write-outcome.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { app, deps, paid, registered, confirm, row, events, steps, sandbox, others, look, reservationCancelled } =
  service

// As in life: webhooks come in by HTTP, and the check job runs beside everything.
const listening = await listen(app, { host: '127.0.0.1', port: 0 })
await sandbox.sendWebhooksTo(`${listening.address}/payments/webhook`)
const job = checkUnsettledJob(deps)
afterAll(() => job.close())

const typesOf = async (purchase: Purchase) => (await events(purchase)).map(({ type }) => type)
const settled = (purchase: Purchase) => waitUntil(async () => (await row(purchase)).status !== 'PENDING')

test('confirmation, webhooks and the check job at once: one event for each of 15 buyers (M1, M3)', async () => {
  await sandbox.misbehave({ match: 'POST /payments/webhook', kind: 'webhook-duplicate', value: 5 })
  const purchases = await Promise.all(
    Array.from({ length: 15 }, async () => {
      const purchase = await paid()
      const [first, second] = await Promise.all([confirm(purchase), confirm(purchase), look(purchase), look(purchase)])
      expect([first.statusCode, second.statusCode]).toEqual([200, 200])
      return purchase
    }),
  )
  for (const purchase of purchases) {
    expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 198_000 })
  }
})

test.each(['AUTO', 'MANUAL'])(
  '20 times the same confirmation and 50 times the same webhook at once (%s): one capture, one event, one answer (M3, M6)',
  async (how) => {
    await sandbox.sendWebhooksTo(null)
    const purchase = await paid({ confirm: how })
    const body = JSON.stringify({ type: 'Transaction.Paid', data: { paymentId: purchase.portonePaymentId } })
    const headers = { ...signedHeaders(body), 'content-type': 'application/json' }
    const tell = () => app.inject({ method: 'POST', url: '/payments/webhook', headers, payload: body })
    const confirming = Array.from({ length: 20 }, () => confirm(purchase))
    const telling = Array.from({ length: 50 }, tell)
    const [confirmed, told] = await Promise.all([Promise.all(confirming), Promise.all(telling)])
    expect(new Set(told.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
    const first = { statusCode: confirmed[0]?.statusCode, body: confirmed[0]?.body }
    expect(confirmed.map(({ statusCode, body }) => ({ statusCode, body }))).toEqual(Array(20).fill(first))
    expect(first.statusCode).toBe(200)
    expect((await confirm(purchase)).body).toBe(first.body)
    expect((await confirm(purchase, { reservationId: randomUUID() })).statusCode).toBe(409)
    expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
    const { captures, cancellations } = await sandbox.ledger(purchase.portonePaymentId)
    expect([captures.length, cancellations.length]).toEqual([1, 0])
    await sandbox.sendWebhooksTo(`${listening.address}/payments/webhook`)
  },
)

test('the buyer’s browser is gone: the webhook alone leads to SUCCESS', async () => {
  const purchase = await paid()
  await settled(purchase)
  expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
})

test('late money is given back as soon as the webhook tells of it', async () => {
  const purchase = await registered()
  others.endHold(purchase.reservation.reservationId)
  await reservationCancelled(purchase)
  await settled(purchase)
  await sandbox.pay(purchase.portonePaymentId)
  await waitUntil(async () => (await sandbox.ledger(purchase.portonePaymentId)).cancelledAmount === 198_000)
  expect(await typesOf(purchase)).toEqual(['PaymentFailed'])
})

test('paying and the end of the hold at once: a ticket or all of the money back, never both and never neither (M1)', async () => {
  const purchases = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const purchase = await registered()
      const pay = async () => {
        const window = await sandbox.pay(purchase.portonePaymentId)
        await confirm({ ...purchase, ...window })
      }
      const end = async () => {
        others.endHold(purchase.reservation.reservationId)
        await reservationCancelled(purchase)
      }
      await Promise.all(index % 2 === 0 ? [pay(), end()] : [end(), pay()])
      return purchase
    }),
  )
  for (const purchase of purchases) {
    await settled(purchase)
    const { status } = await row(purchase)
    const keptAmount = status === 'SUCCESS' ? 198_000 : 0
    await waitUntil(async () =>
      expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount, capturedAmount: 198_000 }),
    )
    expect(await typesOf(purchase)).toEqual([status === 'SUCCESS' ? 'PaymentSuccess' : 'PaymentFailed'])
  }
})

test('one finds the payment good and another sends its money back, at once: a ticket or all of the money, never both (M1)', async () => {
  await sandbox.sendWebhooksTo(null)
  await sandbox.misbehave({ match: 'POST /payments/*/cancel', kind: 'delay', value: 300 })
  const decided = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const purchase = await paid()
      const payment = await row(purchase)
      const look = await lookAtPortone(deps, payment)
      if ('why' in look) throw new Error(look.why)
      const asked = { look, requestId: 'at-once' }
      const buy = () => conclude(deps, payment, asked)
      const sendBack = () => undo(deps, payment, { ...asked, reason: 'OTHER_PAYMENT' })
      if (index % 2 === 0) await Promise.all([buy(), sendBack()])
      else {
        const sending = sendBack()
        await waitUntil(async () => (await steps(purchase)).includes('CANCEL STARTED'))
        await Promise.all([buy(), sending])
      }
      return purchase
    }),
  )

  for (const purchase of decided) {
    const isBought = (await row(purchase)).status === 'SUCCESS'
    expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(isBought ? 198_000 : 0)
    expect(await typesOf(purchase)).toEqual([isBought ? 'PaymentSuccess' : 'PaymentFailed'])
  }
  await sandbox.sendWebhooksTo(`${listening.address}/payments/webhook`)
})

test('a decision taken before a webhook told of money loses: nothing is called failed on old news', async () => {
  const purchase = await registered()
  const before = await row(purchase)
  await sandbox.sendWebhooksTo(null)
  await sandbox.pay(purchase.portonePaymentId)
  const body = JSON.stringify({ type: 'Transaction.Paid', data: { paymentId: purchase.portonePaymentId } })
  await deliver(body)
  await markFailed(deps, before, { facts: null, reason: 'NOT_PAID', requestId: 'stale' })
  await settled(purchase)
  expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
  await sandbox.sendWebhooksTo(`${listening.address}/payments/webhook`)
})

test('payments found good at once share a transaction, and one whose money goes back holds up no other (M1)', async () => {
  await sandbox.sendWebhooksTo(null)
  const [first, ...together] = await Promise.all(Array.from({ length: 4 }, () => paid()))
  const [second, third, goingBack] = together
  if (!first || !second || !third || !goingBack) throw new Error('four have paid')
  const transactionOf = async ({ paymentId }: Purchase) => {
    const { rows } = await sql<{ id: string }>`SELECT xmin::text AS id FROM payments WHERE id = ${paymentId}`.execute(
      deps.db,
    )
    return rows[0]?.id
  }
  const rows = await Promise.all([first, second, third].map(row))
  const asked = rows.map((payment) => deps.markSuccess({ payment, facts: null, requestId: 'request-1' }))
  expect(await Promise.all(asked)).toMatchObject([{ status: 'SUCCESS' }, { status: 'SUCCESS' }, { status: 'SUCCESS' }])
  expect(await transactionOf(second)).toBe(await transactionOf(first))
  expect(await transactionOf(third)).toBe(await transactionOf(first))

  const others = await Promise.all([paid(), paid()])
  const before = await Promise.all([others[0], goingBack, others[1]].map(row))
  await recordStep(deps.db, { paymentId: goingBack.paymentId, step: 'CANCEL', state: 'STARTED' })
  const outcomes = before.map((payment) => deps.markSuccess({ payment, facts: null, requestId: 'request-1' }))
  expect(await Promise.all(outcomes)).toMatchObject([{ status: 'SUCCESS' }, 'goes-back', { status: 'SUCCESS' }])
  expect(await row(goingBack)).toEqual(before[1])
  expect(await Promise.all([second, ...others].map(typesOf))).toEqual(Array(3).fill(['PaymentSuccess']))
  expect(await typesOf(goingBack)).toEqual([])
  await sandbox.sendWebhooksTo(`${listening.address}/payments/webhook`)
})

test('no state is left but PENDING → SUCCESS or FAILED, and SUCCESS → REFUNDED (M5)', async () => {
  const [won, lost] = [await paid(), await paid({ outcome: 'FAILED' })]
  await Promise.all([confirm(won), confirm(lost)])
  const [success, failed] = [await row(won), await row(lost)]
  const outcome = { facts: null, requestId: 'request-1', reason: 'NO', amount: 1 }
  await markFailed(deps, success, outcome)
  expect(await deps.markSuccess({ payment: failed, ...outcome })).toBe('ended')
  await markRefunded(deps, failed, outcome)
  expect([await row(won), await row(lost)]).toEqual([success, failed])

  await markRefunded(deps, success, { ...outcome, amount: 198_000 })
  const refunded = await row(won)
  expect(refunded).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000 })
  expect(await deps.markSuccess({ payment: refunded, ...outcome })).toBe('ended')
  await markFailed(deps, refunded, outcome)
  await markRefunded(deps, refunded, outcome)
  expect(await row(won)).toEqual(refunded)
  expect([await typesOf(won), await typesOf(lost)]).toEqual([['PaymentSuccess', 'PaymentRefunded'], ['PaymentFailed']])
})

const deliver = async (body: string) => {
  const answer = await app.inject({
    method: 'POST',
    url: '/payments/webhook',
    headers: { ...signedHeaders(body), 'content-type': 'application/json' },
    payload: body,
  })
  expect(answer.statusCode).toBe(200)
}
