import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { asUser, outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'
import { readOpenSagas } from '../watch-sagas/watch-sagas.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, sandbox, paid, registered, confirm, look, others, reservationCancelled, row, lookAtDue } = service

const admin = { ...asUser('018f0000-0000-7000-8000-000000000001'), 'x-user-role': 'ADMIN' }
const list = (query = '') => service.ask('GET', `/payments/admin/unsettled${query}`, admin)
/** The list's items of one payment, without the others' of this file. */
const itemsOf = async ({ paymentId }: Purchase) => {
  const answer = await list('?size=100')
  expect(answer.statusCode).toBe(200)
  return answer.json().list.filter((item: { paymentId: string }) => item.paymentId === paymentId)
}
const endHoldAgo = ({ paymentId }: Purchase, seconds: number) =>
  db
    .updateTable('payments')
    .set({ hold_expires_at: sql<Date>`now() - make_interval(secs => ${seconds})` })
    .where('id', '=', paymentId)
    .execute()
const refuseCancels = (purchase: Purchase) =>
  sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'status', value: 500 })

test('a payment that is open after its hold, and why: since when, the last step and outcome, the next look', async () => {
  const [overdue, waiting] = [await paid(), await registered()]
  await sandbox.misbehave({ match: `GET /payments/${overdue.portonePaymentId}`, kind: 'status', value: 503 })
  await look(overdue)
  await endHoldAgo(overdue, 90)
  const [item, ...more] = await itemsOf(overdue)
  expect(more).toEqual([])
  expect(item).toMatchObject({
    kind: 'PENDING_OVERDUE',
    portonePaymentId: overdue.portonePaymentId,
    reservationId: overdue.reservation.reservationId,
    userId: overdue.userId,
    status: 'PENDING',
    amount: 198_000,
    lastStep: { step: 'READ', state: 'UNKNOWN', attempt: 1, at: expect.any(String) },
    lastOutcome: 'PortOne answered 503 without JSON',
    looks: 1,
    nextCheckAt: (await row(overdue)).next_check_at?.toISOString(),
    finding: null,
  })
  expect(item.ageSeconds).toBeGreaterThanOrEqual(90)
  expect(item.ageSeconds).toBeLessThan(150)
  expect(await itemsOf(waiting)).toEqual([])
  await sandbox.misbehave()
  await look(overdue)
  expect(await itemsOf(overdue)).toEqual([])
})

test('money that was to go back and has not: of an open payment, and of one that has failed', async () => {
  const [open, late] = [await paid({ totalAmount: 1_000 }), await registered()]
  await refuseCancels(open)
  expect((await confirm(open)).statusCode).toBe(202)
  expect(await itemsOf(open)).toMatchObject([{ kind: 'COMPENSATION', status: 'PENDING', lastStep: { step: 'CANCEL' } }])
  others.endHold(late.reservation.reservationId)
  await look(late)
  expect(await itemsOf(late)).toEqual([])
  await sandbox.pay(late.portonePaymentId)
  await refuseCancels(late)
  await look(late)
  expect(await itemsOf(late)).toMatchObject([{ kind: 'LATE_MONEY', status: 'FAILED', looks: 1 }])
  await sandbox.misbehave()
  for (const purchase of [open, late]) {
    await look(purchase)
    expect(await itemsOf(purchase)).toEqual([])
  }
})

test('whatever the alarm calls stuck is in the list: nothing is known of failed ones, or of ended ones whose books changed', async () => {
  const [failed, ended, open] = [await registered(), await paid(), await registered()]
  others.endHold(failed.reservation.reservationId)
  await look(failed)
  await confirm(ended)
  const shown = async () => (await list('?size=100')).json().list.map((item: { paymentId: string }) => item.paymentId)
  for (const purchase of [failed, ended]) expect(await itemsOf(purchase)).toEqual([])
  await sandbox.misbehave({ match: 'GET /payments/*', kind: 'status', value: 503 })
  for (const purchase of [failed, ended, open]) {
    for (let looks = 0; looks < 8; looks += 1) await look(purchase)
  }
  const { stuckIds } = await readOpenSagas(db)
  expect(stuckIds).toEqual(expect.arrayContaining([failed, ended, open].map(({ paymentId }) => paymentId)))
  expect(await shown()).toEqual(expect.arrayContaining([...stuckIds]))
  expect(await itemsOf(failed)).toMatchObject([{ kind: 'LATE_MONEY', status: 'FAILED', looks: 8 }])
  expect(await itemsOf(ended)).toMatchObject([{ kind: 'FOLLOW_UP', status: 'SUCCESS', looks: 8 }])
  await sandbox.misbehave()
  for (const purchase of [failed, ended, open]) await look(purchase)
  for (const purchase of [failed, ended, open]) expect(await itemsOf(purchase)).toEqual([])
})

test('a refund that is due', async () => {
  const purchase = await paid()
  await confirm(purchase)
  expect(await itemsOf(purchase)).toEqual([])
  await reservationCancelled(purchase, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 90_000 })
  expect(await itemsOf(purchase)).toMatchObject([
    { kind: 'REFUND_DUE', status: 'SUCCESS', looks: 0, lastOutcome: null },
  ])
  await lookAtDue()
  expect(await itemsOf(purchase)).toEqual([])
})

test('what a comparison has found, and what both books say', async () => {
  const purchase = await paid()
  await confirm(purchase)
  const detail = { there: null, here: { status: 'SUCCESS' } }
  await db
    .insertInto('comparison_findings')
    .values({
      day: sql<Date>`'2026-11-28'::date`,
      kind: 'NOT_PAID_THERE',
      portone_payment_id: purchase.portonePaymentId,
      payment_id: purchase.paymentId,
      detail: JSON.stringify(detail),
    })
    .execute()
  expect(await itemsOf(purchase)).toMatchObject([
    { kind: 'FINDING', finding: { difference: 'NOT_PAID_THERE', day: '2026-11-28', detail } },
  ])
})

test('oldest first, in pages counted from 0, with the database’s time', async () => {
  const purchases = [await registered(), await registered(), await registered()]
  for (const [index, purchase] of purchases.entries()) await endHoldAgo(purchase, 10_000 + index)
  const [first, second] = [await list('?size=2'), await list('?size=2&page=1')]
  const ids = [...first.json().list, ...second.json().list].map(({ paymentId }) => paymentId)
  expect(ids.slice(0, 3)).toEqual(purchases.map(({ paymentId }) => paymentId).toReversed())
  const { totalElements, asOf } = first.json()
  expect(totalElements).toBeGreaterThanOrEqual(3)
  expect(second.json()).toMatchObject({ page: 1, size: 2, totalElements })
  expect(new Date(asOf).getTime()).not.toBeNaN()
  expect(first.headers['cache-control']).toBe('private, no-store')
  for (const purchase of purchases) {
    others.endHold(purchase.reservation.reservationId)
    await look(purchase)
    expect(await itemsOf(purchase)).toEqual([])
  }
})

test.each(['?size=0', '?size=101', '?page=-1', '?page=x'])('%s: 400', async (query) => {
  expect(outcome(await list(query))).toBe('400 VALIDATION_FAILED')
})

test('is for administrators only', async () => {
  const { userId } = await registered()
  expect(outcome(await service.ask('GET', '/payments/admin/unsettled', asUser(userId)))).toBe('403 FORBIDDEN')
  expect(outcome(await service.ask('GET', '/payments/admin/unsettled', {}))).toBe('401 UNAUTHENTICATED')
})
