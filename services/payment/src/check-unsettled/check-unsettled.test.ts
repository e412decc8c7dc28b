import { createLog } from '@ticket-queue/service-kit'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { signedHeaders } from '../test-sandbox.ts'
import { checkUnsettledJob } from './check-unsettled.job.ts'
import { type Claimed, checkUnsettled, claimDue } from './check-unsettled.ts'

const service = await testPaymentService({ PORTONE_TIMEOUT_MS: '20000', PORTONE_BREAKER_CALLS_MIN: '1000' })
const { db, deps, paid, registered, row, events, sandbox, others, look, lookAtDue } = service

const makeDue = (purchases: readonly Purchase[], ago = '1 minute') =>
  db
    .updateTable('payments')
    .set({ next_check_at: sql<Date>`now() - ${ago}::interval` })
    .where(
      'id',
      'in',
      purchases.map(({ paymentId }) => paymentId),
    )
    .execute()
const makeNeverDue = (purchases: readonly Purchase[]) =>
  db
    .updateTable('payments')
    .set({ next_check_at: null })
    .where(
      'id',
      'in',
      purchases.map(({ paymentId }) => paymentId),
    )
    .execute()
const secondsToNextCheck = async ({ paymentId }: Purchase) => {
  const { seconds } = await db
    .selectFrom('payments')
    .select(sql<number>`extract(epoch FROM next_check_at - now())::float8`.as('seconds'))
    .where('id', '=', paymentId)
    .executeTakeFirstOrThrow()
  return seconds
}
/** What was claimed of these: other tests' payments may be due, too. */
const among = (purchases: readonly Purchase[], claimed: readonly Claimed[]) =>
  claimed.map(({ id }) => id).filter((id) => purchases.some(({ paymentId }) => paymentId === id))
const several = (count: number) => Promise.all(Array.from({ length: count }, () => paid()))

test('a payment nobody confirms is looked at for the first time half a minute after it was opened', async () => {
  const purchase = await registered()
  expect(await lookAtDue()).not.toContain(purchase.paymentId)
  expect(await secondsToNextCheck(purchase)).toBeCloseTo(30, -1)
})

test('money nobody told us of is found: SUCCESS without buyer and webhook', async () => {
  const purchase = await paid()
  await makeDue([purchase])
  await lookAtDue()
  expect((await row(purchase)).status).toBe('SUCCESS')
})

test('an unpaid payment waits for its buyer and does not pin his seats', async () => {
  const purchase = await registered()
  await look(purchase)
  expect(await row(purchase)).toMatchObject({ status: 'PENDING', last_check_error: null })
  expect(others.begins(purchase.reservation.reservationId)).toBe(0)
  expect(await secondsToNextCheck(purchase)).toBeCloseTo(30, -1)
})

test('the last look before the hold ends comes five seconds before it', async () => {
  const holdExpiresAt = new Date(Date.now() + 20_000).toISOString()
  const purchase = await registered({ holdExpiresAt })
  await look(purchase)
  const seconds = await secondsToNextCheck(purchase)
  expect(seconds).toBeGreaterThan(8)
  expect(seconds).toBeLessThan(15.1)
})

test('a card declined while nobody has confirmed is not the end: the buyer may try another one', async () => {
  const purchase = await paid({ outcome: 'FAILED' })
  await look(purchase)
  expect((await row(purchase)).status).toBe('PENDING')
  await sandbox.pay(purchase.portonePaymentId)
  await look(purchase)
  expect((await row(purchase)).status).toBe('SUCCESS')
})

test.each(['unknown', 'cancelled'])(
  'an unpaid payment whose reservation is %s ends: no PENDING for ever',
  async (how) => {
    const purchase = await registered()
    const { reservationId } = purchase.reservation
    if (how === 'unknown') others.forget(reservationId)
    else others.endHold(reservationId)
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'RESERVATION_ENDED' })
  },
)

test('what is unclear is asked again after 2, 4, 8, … seconds, at most five minutes, and never given up (M7)', async () => {
  const purchase = await paid()
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'status', value: 503 })
  const pauses: number[] = []
  for (let looks = 0; looks < 12; looks += 1) {
    await look(purchase)
    pauses.push(Math.round(await secondsToNextCheck(purchase)))
  }
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300])
  expect(await row(purchase)).toMatchObject({
    status: 'PENDING',
    check_count: 12,
    last_check_error: 'PortOne answered 503 without JSON',
  })
})

test.each(['away', 'broken'] as const)(
  'the reservation service is %s: asked again, with the reason written down',
  async (how) => {
    const [unpaid, purchase] = [await registered(), await paid()]
    for (const one of [unpaid, purchase]) {
      others.behave(one.reservation.reservationId, how)
      await look(one)
      expect(await row(one)).toMatchObject({ status: 'PENDING', check_count: 1, last_check_error: expect.any(String) })
    }
  },
)

test('a webhook that comes during a look is not put off by what the look plans', async () => {
  const purchase = await registered()
  const { reservationId } = purchase.reservation
  others.behave(reservationId, 'slow')
  const looking = look(purchase)
  await waitUntil(() => others.calls(reservationId) === 2)
  await sandbox.pay(purchase.portonePaymentId)
  const body = JSON.stringify({ type: 'Transaction.Paid', data: { paymentId: purchase.portonePaymentId } })
  const answer = await service.app.inject({
    method: 'POST',
    url: '/payments/webhook',
    headers: { 'content-type': 'application/json', ...signedHeaders(body) },
    payload: body,
  })
  expect(answer.statusCode).toBe(200)
  others.behave(reservationId, 'good')
  await looking
  expect(await service.lookTwoSecondsLater()).toContain(purchase.paymentId)
  expect((await row(purchase)).status).toBe('SUCCESS')
})

test('a claim is another’s for 90 seconds and then comes back: a dead replica’s payments are not lost', async () => {
  const purchases = await several(3)
  await makeDue(purchases)
  expect(among(purchases, await claimDue(deps, 100))).toHaveLength(3)
  expect(among(purchases, await claimDue(deps, 100))).toEqual([])
  for (const purchase of purchases) expect(await secondsToNextCheck(purchase)).toBeCloseTo(90, -1)
  await lookAtDue()
})

test('many claimers at once share what is due without taking anything twice', async () => {
  const purchases = await several(20)
  await makeDue(purchases)
  const claims = await Promise.all(Array.from({ length: 5 }, () => claimDue(deps, 7)))
  const ids = among(purchases, claims.flat())
  expect(new Set(ids).size).toBe(ids.length)
  const rest = among(purchases, await claimDue(deps, 100))
  expect([...ids, ...rest].sort()).toEqual(purchases.map(({ paymentId }) => paymentId).sort())
  await Promise.all(claims.flat().map((one) => checkUnsettled(deps, one)))
  expect(await Promise.all(purchases.map(async (one) => (await events(one)).length))).toEqual(
    purchases.map(({ paymentId }) => (ids.includes(paymentId) ? 1 : 0)),
  )
})

test('refunds of a show that is called off start at their pace, whoever claims them, and hold up no buyer', async () => {
  const refunds = await Promise.all(Array.from({ length: 30 }, () => registered()))
  const [waiting] = await several(1)
  if (!waiting) throw new Error('nobody has bought')
  await db
    .updateTable('payments')
    .set({ status: 'SUCCESS', paid_at: sql<Date>`now()`, refund_due_amount: 198_000 })
    .where(
      'id',
      'in',
      refunds.map(({ paymentId }) => paymentId),
    )
    .execute()
  await makeDue([...refunds, waiting])
  await db.deleteFrom('refund_pace').execute()
  const slow = { ...deps, refundsPerSecond: 5 }
  const startedAtMs = performance.now()
  const first = (await Promise.all(Array.from({ length: 4 }, () => claimDue(slow, 100)))).flat()
  const elapsedSeconds = (performance.now() - startedAtMs) / 1_000
  expect(among([waiting], first)).toEqual([waiting.paymentId])
  expect(among(refunds, first).length).toBeGreaterThanOrEqual(5)
  expect(among(refunds, first).length).toBeLessThanOrEqual(5 + Math.ceil(elapsedSeconds * 5))
  expect(among(refunds, await claimDue(slow, 100, 0))).toEqual([])
  await waitUntil(async () => among(refunds, await claimDue(slow, 100)).length > 0)
  // Without the pace all would have started at once.
  await waitUntil(async () => among(refunds, await claimDue({ ...deps, refundsPerSecond: 1_000 }, 100)).length > 10)
  await makeNeverDue(refunds)
})

test('a look that breaks is logged with its payment and does not hide the others', async () => {
  const [broken, ...good] = await several(4)
  if (!broken) throw new Error('nobody has bought')
  const portone: typeof deps.portone = {
    ...deps.portone,
    read: async (id) => {
      if (id === broken.portonePaymentId) throw new Error('nobody foresaw this')
      return deps.portone.read(id)
    },
  }
  await makeDue([broken, ...good])
  const claimed = await claimDue(deps, 100)
  await Promise.all(claimed.map((one) => checkUnsettled({ ...deps, portone }, one)))
  expect(await Promise.all(good.map(async (one) => (await row(one)).status))).toEqual(Array(3).fill('SUCCESS'))
  expect(service.logged.some((line) => line.includes(broken.paymentId) && line.includes('nobody foresaw'))).toBe(true)
  expect(await secondsToNextCheck(broken)).toBeCloseTo(90, -1)
})

test('slow looks let the others pass, and closing the job waits for them', async () => {
  const slow = await several(3)
  await sandbox.misbehave(
    ...slow.map(
      ({ portonePaymentId }) => ({ match: `GET /payments/${portonePaymentId}`, kind: 'delay', value: 3_000 }) as const,
    ),
  )
  const quick = await several(40)
  await makeDue(slow, '2 minutes')
  await makeDue(quick)
  const job = checkUnsettledJob({ ...deps, log: createLog('payment', 'silent') })
  const statusOf = async (purchases: Purchase[]) =>
    new Set(await Promise.all(purchases.map(async (one) => (await row(one)).status)))
  await waitUntil(async () => expect(await statusOf(quick)).toEqual(new Set(['SUCCESS'])))
  expect(await statusOf(slow)).toEqual(new Set(['PENDING']))
  await job.close()
  expect(await statusOf(slow)).toEqual(new Set(['SUCCESS']))
})
