import { randomUUID } from 'node:crypto'
import { createMetrics } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { countFindings } from '../settle-findings/settle-findings.job.ts'
import { settleFindings } from '../settle-findings/settle-findings.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { compareDay } from './compare-day.ts'
import { compareAsLeader } from './compare-days.job.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, deps, sandbox, paid, registered, confirm, row, events, lookAtDue, reservationCancelled, others } = service
const never = new AbortController().signal

/** Every test compares today anew, as if it had not been. */
const today = async () => {
  await db.deleteFrom('comparisons').execute()
  const { rows } = await sql<{ day: string }>`SELECT (now() AT TIME ZONE 'Asia/Seoul')::date::text AS day`.execute(db)
  return rows[0]?.day ?? ''
}
const compare = async () => compareDay(deps, await today(), never)
const findingsOf = ({ portonePaymentId }: { portonePaymentId: string }) =>
  db.selectFrom('comparison_findings').selectAll().where('portone_payment_id', '=', portonePaymentId).execute()
const kindsOf = async (purchase: Purchase) => (await findingsOf(purchase)).map(({ kind }) => kind)
/** Open findings are looked at now. */
const settle = async () => {
  await db.updateTable('comparison_findings').set({ next_look_at: sql<Date>`now()` }).execute()
  await settleFindings(deps)
}
const isSettled = async (purchase: { portonePaymentId: string }) =>
  (await findingsOf(purchase)).every(({ settled_at }) => settled_at !== null)
const bought = async () => {
  const purchase = await paid()
  expect((await confirm(purchase)).statusCode).toBe(200)
  return purchase
}
const forgetLooks = ({ paymentId }: Purchase) =>
  db.updateTable('payments').set({ next_check_at: null }).where('id', '=', paymentId).execute()
const setRow = ({ paymentId }: Purchase, fields: { amount?: number; refund_amount?: number }) =>
  db.updateTable('payments').set(fields).where('id', '=', paymentId).execute()

test('where the books agree nothing is found', async () => {
  const [kept, refunded, open] = [await bought(), await bought(), await registered()]
  await reservationCancelled(refunded, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 90_000 })
  await lookAtDue()
  expect(await compare()).toMatchObject({ outcome: 'finished' })
  for (const purchase of [kept, refunded, open]) expect(await findingsOf(purchase)).toEqual([])
  expect((await row(kept)).compared_at).not.toBeNull()
})

test('captured there and open here, and nobody looks: found, looked at, SUCCESS', async () => {
  const purchase = await paid()
  await forgetLooks(purchase)
  await compare()
  expect(await kindsOf(purchase)).toEqual(['NOT_SUCCESS_HERE'])
  expect(await lookAtDue()).toContain(purchase.paymentId)
  expect((await row(purchase)).status).toBe('SUCCESS')
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('captured there long after it failed here: found, and all of the money goes back', async () => {
  const purchase = await registered()
  others.endHold(purchase.reservation.reservationId)
  await reservationCancelled(purchase)
  await lookAtDue()
  await sandbox.pay(purchase.portonePaymentId)
  await forgetLooks(purchase)
  await compare()
  expect(await kindsOf(purchase)).toEqual(['NOT_SUCCESS_HERE'])
  await lookAtDue()
  expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ capturedAmount: 198_000, keptAmount: 0 })
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('SUCCESS here and all of it given back there: REFUNDED, and told, so that the ticket ends', async () => {
  const purchase = await bought()
  await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  await compare()
  expect(await kindsOf(purchase)).toEqual(['NOT_PAID_THERE'])
  await lookAtDue()
  expect(await row(purchase)).toMatchObject({ status: 'REFUNDED', refund_amount: 198_000, next_check_at: null })
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess', 'PaymentRefunded'])
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('a part given back there is written down and the ticket stays', async () => {
  const purchase = await bought()
  await sandbox.cancelInConsole(purchase.portonePaymentId, 10_000)
  await compare()
  expect(await kindsOf(purchase)).toEqual(['REFUND_DIFFERS'])
  await lookAtDue()
  expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', refund_amount: 10_000 })
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('a refund of ours that PortOne does not have is made, once', async () => {
  const purchase = await bought()
  await reservationCancelled(purchase, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 90_000 })
  await lookAtDue()
  await setRow(purchase, { refund_amount: 120_000 })
  await compare()
  expect(await kindsOf(purchase)).toEqual(['REFUND_DIFFERS'])
  await lookAtDue()
  await settle()
  expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([
    { amount: 90_000 },
    { amount: 30_000 },
  ])
  expect(await isSettled(purchase)).toBe(true)
})

test('a finding that has become another one has its payment looked at anew', async () => {
  const purchase = await bought()
  await sandbox.cancelInConsole(purchase.portonePaymentId, 10_000)
  await compare()
  await lookAtDue()
  await setRow(purchase, { refund_amount: 5_000 })
  await sandbox.cancelInConsole(purchase.portonePaymentId, 188_000)
  await forgetLooks(purchase)
  await settle()
  expect(await kindsOf(purchase)).toEqual(['NOT_PAID_THERE'])
  expect(await lookAtDue()).toContain(purchase.paymentId)
  expect((await row(purchase)).status).toBe('REFUNDED')
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('another sum stays for a person: no ticket is taken and no money moved by itself', async () => {
  const purchase = await bought()
  await setRow(purchase, { amount: 197_000 })
  await compare()
  await lookAtDue()
  await settle()
  expect(await findingsOf(purchase)).toMatchObject([
    {
      kind: 'AMOUNT_DIFFERS',
      settled_at: null,
      detail: { there: { captured: 198_000 }, here: { status: 'SUCCESS', amount: 197_000 } },
    },
  ])
  expect((await row(purchase)).status).toBe('SUCCESS')
  const metrics = createMetrics('findings')
  const count = countFindings({ db, metrics })
  const figure = async () => {
    await count()
    return /^payment_findings_open\{[^}]*difference="AMOUNT_DIFFERS"[^}]*\} (\d+)$/m.exec(await metrics.metrics())?.[1]
  }
  expect(await figure()).toBe('1')
  await setRow(purchase, { amount: 198_000 })
  await settle()
  expect(await isSettled(purchase)).toBe(true)
  expect(await figure()).toBe('0')
})

test('money of a payment we do not know is found, and settled when it has gone back', async () => {
  const portonePaymentId = `tq${randomUUID().replaceAll('-', '')}`
  await sandbox.pay(portonePaymentId, { totalAmount: 55_000 })
  await compare()
  expect(await findingsOf({ portonePaymentId })).toMatchObject([{ kind: 'UNKNOWN_PAYMENT', payment_id: null }])
  await settle()
  expect(await isSettled({ portonePaymentId })).toBe(false)
  await sandbox.cancelInConsole(portonePaymentId, 55_000)
  await settle()
  expect(await isSettled({ portonePaymentId })).toBe(true)
})

test('a SUCCESS that no list of PortOne names is asked about; it stays open until PortOne says that it is paid', async () => {
  const purchase = await registered()
  await db
    .updateTable('payments')
    .set({
      status: 'SUCCESS',
      paid_at: sql<Date>`now()`,
      next_check_at: null,
      created_at: sql<Date>`date_trunc('day', now() AT TIME ZONE 'Asia/Seoul') AT TIME ZONE 'Asia/Seoul'`,
    })
    .where('id', '=', purchase.paymentId)
    .execute()
  await compare()
  await lookAtDue()
  await settle()
  expect(await findingsOf(purchase)).toMatchObject([{ kind: 'NOT_PAID_THERE', settled_at: null }])
  expect((await row(purchase)).status).toBe('SUCCESS')
  await sandbox.pay(purchase.portonePaymentId)
  await settle()
  expect(await isSettled(purchase)).toBe(true)
})

test('PortOne does not answer: whoever leads next goes on, and finishes once', async () => {
  const purchase = await paid()
  await forgetLooks(purchase)
  const day = await today()
  await sandbox.misbehave({ match: 'GET /payments', kind: 'status', value: 503, times: 1 })
  expect(await compareDay(deps, day, never)).toMatchObject({ outcome: 'unclear' })
  expect(await compareDay(deps, day, never)).toMatchObject({ outcome: 'finished' })
  expect(await compareDay(deps, day, never)).toEqual({ outcome: 'done before' })
  expect(await kindsOf(purchase)).toEqual(['NOT_SUCCESS_HERE'])
  await lookAtDue()
})

test('two replicas at once: one compares', async () => {
  const day = await today()
  await sandbox.misbehave({ match: 'GET /payments', kind: 'delay', value: 500 })
  const both = await Promise.all([compareAsLeader(deps, day, never), compareAsLeader(deps, day, never)])
  expect(both.map(({ ran }) => ran).toSorted()).toEqual([false, true])
  expect(await db.selectFrom('comparisons').select(['fence']).execute()).toEqual([{ fence: 1 }])
})

/** A leader who is paused after he has read a page, and what he read is no longer so when he goes on. */
const pausedLeader = async () => {
  const purchase = await paid()
  await forgetLooks(purchase)
  const day = await today()
  const [hasRead, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const portone: typeof deps.portone = {
    ...deps.portone,
    list: async (span) => {
      const listed = await deps.portone.list(span)
      hasRead.resolve()
      await mayGoOn.promise
      return listed
    },
  }
  const paused = compareDay({ ...deps, portone }, day, never)
  await hasRead.promise
  await compareDay(deps, day, never)
  await lookAtDue()
  await settle()
  await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  await db
    .updateTable('payments')
    .set({ status: 'FAILED', failed_at: sql<Date>`now()`, failure_reason: 'TEST' })
    .where('id', '=', purchase.paymentId)
    .execute()
  return { purchase, paused, goOn: () => mayGoOn.resolve() }
}

test('a former leader who was paused writes nothing: another has finished the day meanwhile', async () => {
  const { purchase, paused, goOn } = await pausedLeader()
  const before = [
    await row(purchase),
    await findingsOf(purchase),
    await db.selectFrom('comparisons').selectAll().execute(),
  ]
  goOn()
  expect(await paused).toEqual({ outcome: 'superseded' })
  expect([
    await row(purchase),
    await findingsOf(purchase),
    await db.selectFrom('comparisons').selectAll().execute(),
  ]).toEqual(before)
})

test('and it is the fence that stops him: with his number still the last one his old news is written', async () => {
  const { purchase, paused, goOn } = await pausedLeader()
  await db.updateTable('comparisons').set({ fence: 1, finished_at: null }).execute()
  goOn()
  await paused
  expect(await kindsOf(purchase)).toEqual(['NOT_SUCCESS_HERE', 'NOT_SUCCESS_HERE'])
})
