import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { recordStep } from '../store/payments.ts'
import { type Purchase, testPaymentService } from '../test-payment-service.ts'
import { beginAtReservation } from './begin-at-reservation.ts'

const service = await testPaymentService({ PORTONE_BREAKER_CALLS_MIN: '1000' })
const { registered, paid, row, events, sandbox, others, look, confirm, reservationCancelled, lookAtDue, steps } =
  service

/** Somebody whose payment has failed while his payment window was still open: his hold is over, or he gave it back. */
const failed = async (seats: 'free' | 'taken' | 'given back' = 'given back'): Promise<Purchase> => {
  const purchase = await registered()
  const { reservationId } = purchase.reservation
  if (seats === 'given back') others.endHold(reservationId)
  else others.lapse(reservationId, seats)
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

  test.each(['given back', 'taken'] as const)(
    'seats %s: before the buyer who confirms it is told that it has failed',
    async (seats) => {
      const purchase = await failed(seats)
      const window = await sandbox.pay(purchase.portonePaymentId)
      for (let calls = 0; calls < 2; calls += 1) {
        expect((await confirm({ ...purchase, ...window })).json()).toMatchObject({
          code: 'PAYMENT_FAILED',
          reason: 'RESERVATION_ENDED',
        })
        expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({
          capturedAmount: 198_000,
          keptAmount: 0,
        })
      }
      expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentFailed'])
    },
  )

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

test('called failed, after it was opened again, by a replica that does not tell its version: it is told anew, once', async () => {
  const purchase = await failed('free')
  for (const step of ['BEGIN', 'REOPENED', 'FAILED']) await recordStep(service.db, { ...purchase, step, state: 'DONE' })
  for (let looks = 0; looks < 3; looks += 1) await look(purchase)
  const { version: paymentVersion, status } = await row(purchase)
  expect(status).toBe('FAILED')
  expect((await events(purchase)).slice(1)).toMatchObject([{ type: 'PaymentFailed', payload: { paymentVersion } }])
})

describe('money that comes when the hold is over buys the same seats if they are free (decision 0023)', () => {
  const typesOf = async (purchase: Purchase) => (await events(purchase)).map(({ type }) => type)
  const kept = async ({ portonePaymentId }: Purchase) => (await sandbox.ledger(portonePaymentId)).keptAmount

  test('found by a look after the payment had failed: SUCCESS, told after the failure', async () => {
    const purchase = await failed('free')
    await sandbox.pay(purchase.portonePaymentId)
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'SUCCESS', failure_reason: null, failed_at: null })
    expect(await typesOf(purchase)).toEqual(['PaymentFailed', 'PaymentSuccess'])
    expect(await kept(purchase)).toBe(198_000)
    expect((await steps(purchase)).slice(-4)).toEqual(['BEGIN STARTED', 'BEGIN DONE', 'REOPENED DONE', 'SUCCESS DONE'])
  })

  test('told by the buyer after the payment had failed: 200 at once', async () => {
    const purchase = await failed('free')
    const window = await sandbox.pay(purchase.portonePaymentId)
    expect((await confirm({ ...purchase, ...window })).json()).toMatchObject({ status: 'SUCCESS' })
    expect(await kept(purchase)).toBe(198_000)
  })

  test('the buyer is told 202 as long as it cannot be known', async () => {
    const purchase = await failed('free')
    const window = await sandbox.pay(purchase.portonePaymentId)
    const late = { ...purchase, ...window }
    await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'reset', times: 1 })
    expect((await confirm(late)).statusCode).toBe(202)
    others.behave(purchase.reservation.reservationId, 'broken')
    expect((await confirm(late)).statusCode).toBe(202)
    others.behave(purchase.reservation.reservationId, 'good')
    expect((await confirm(late)).statusCode).toBe(200)
  })

  const ends = {
    'not swept yet': (id: string) => others.endHold(id, 'PENDING'),
    swept: (id: string) => others.lapse(id, 'free'),
  }
  test.each([
    ['not swept yet', 'buyer'],
    ['not swept yet', 'check job'],
    ['swept', 'buyer'],
    ['swept', 'check job'],
  ] as const)('paid in time and seen late, the hold %s, by the %s: one PaymentSuccess', async (how, by) => {
    const purchase = await paid()
    ends[how](purchase.reservation.reservationId)
    if (by === 'buyer') expect((await confirm(purchase)).statusCode).toBe(200)
    else await look(purchase)
    expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
    expect(await kept(purchase)).toBe(198_000)
  })

  test('another sum than the price buys nothing', async () => {
    const purchase = await failed('free')
    await sandbox.pay(purchase.portonePaymentId, { totalAmount: 1_000 })
    await look(purchase)
    expect(await row(purchase)).toMatchObject({ status: 'FAILED', next_check_at: null })
    expect(await kept(purchase)).toBe(0)
  })

  test('what is unpaid when the hold is over takes nothing back', async () => {
    const purchase = await paid({ outcome: 'FAILED' })
    others.lapse(purchase.reservation.reservationId, 'free')
    expect((await confirm(purchase)).json()).toMatchObject({ code: 'PAYMENT_FAILED', reason: 'HOLD_EXPIRED' })
    expect(others.begunBy(purchase.reservation.reservationId)).toBeNull()
  })

  test('money on its way back stays so, also when the seats are free by then', async () => {
    const purchase = await failed('given back')
    await sandbox.pay(purchase.portonePaymentId)
    await sandbox.misbehave({ match: `POST /payments/${purchase.portonePaymentId}/cancel`, kind: 'reset', times: 1 })
    await look(purchase)
    others.lapse(purchase.reservation.reservationId, 'free')
    await look(purchase)
    expect((await row(purchase)).status).toBe('FAILED')
    expect(await kept(purchase)).toBe(0)
  })

  test('looks and confirmations at once: one ticket, one event', async () => {
    const purchase = await failed('free')
    const window = await sandbox.pay(purchase.portonePaymentId)
    const late = { ...purchase, ...window }
    await Promise.all([confirm(late), look(late), confirm(late), look(late), confirm(late)])
    expect((await confirm(late)).statusCode).toBe(200)
    expect(await typesOf(purchase)).toEqual(['PaymentFailed', 'PaymentSuccess'])
    expect(await sandbox.ledger(purchase.portonePaymentId)).toMatchObject({ keptAmount: 198_000, cancellations: [] })
  })

  test.each(['BEGIN DONE', 'BEGIN STARTED'])(
    'a look that died with the seats in hand (%s), and money that has gone since: the seats are given up by a failure of its own',
    async (lastStep) => {
      const purchase = await failed('free')
      await sandbox.pay(purchase.portonePaymentId)
      await pinNow(purchase)
      if (lastStep === 'BEGIN STARTED') await forgetAnswer(purchase)
      expect((await steps(purchase)).at(-1)).toBe(lastStep)
      await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
      await look(purchase)
      expect((await row(purchase)).status).toBe('FAILED')
      expect(await failedTwice(purchase)).toBe(true)
    },
  )

  /** The first card for what a waiting list has offered was declined, and the buyer has opened another payment. */
  const declinedThenOpened = async () => {
    const first = await paid({ outcome: 'FAILED' })
    expect((await confirm(first)).statusCode).toBe(409)
    others.unpin(first.reservation.reservationId)
    const who = { ...first, paymentKey: randomUUID() }
    const { paymentId, portonePaymentId } = (await service.register(who)).json<Purchase>()
    return { first, second: { ...who, paymentId, portonePaymentId } }
  }

  test('late money of a declined payment leaves the seats to the payment the buyer has opened since', async () => {
    const { first, second } = await declinedThenOpened()
    const window = await sandbox.pay(second.portonePaymentId)
    await sandbox.pay(first.portonePaymentId)
    await look(first)
    expect(others.begunBy(first.reservation.reservationId)).toBeNull()
    expect(await row(first)).toMatchObject({ status: 'FAILED', next_check_at: null })
    expect((await confirm({ ...second, ...window })).statusCode).toBe(200)
    expect([await kept(first), await kept(second)]).toEqual([0, 198_000])
  })

  test('one that has pinned the seats meanwhile is looked at until it has given them up, also when its money goes back slowly', async () => {
    const { first, second } = await declinedThenOpened()
    await sandbox.pay(first.portonePaymentId)
    await pinNow(first)
    await sandbox.misbehave({ match: `POST /payments/${first.portonePaymentId}/cancel`, kind: 'reset', times: 1 })
    await look(first)
    await look(first)
    expect(await kept(first)).toBe(0)
    expect(await row(first)).toMatchObject({ status: 'FAILED', next_check_at: expect.any(Date) })
    const window = await sandbox.pay(second.portonePaymentId)
    expect((await confirm({ ...second, ...window })).json()).toMatchObject({ reason: 'OTHER_PAYMENT' })
    await look(first)
    expect(await failedTwice(first)).toBe(true)
    expect([await kept(first), await kept(second)]).toEqual([0, 0])
  })
})

/** The seats are given to the payment, and nobody goes on with it. */
const pinNow = async (purchase: Purchase) => {
  const asked = { requestId: 'dies', captured: true }
  expect(await beginAtReservation(service.deps, await row(purchase), asked)).toBe('granted')
}
const forgetAnswer = async ({ paymentId }: Purchase) => {
  const latest = sql<string>`(SELECT id FROM saga_steps WHERE payment_id = ${paymentId} ORDER BY at DESC, id DESC LIMIT 1)`
  await service.db.deleteFrom('saga_steps').where('id', '=', latest).execute()
}
/** A second failure, of a newer version of the payment: that one ends what it had pinned. */
const failedTwice = async (purchase: Purchase) => {
  const told = await events(purchase)
  expect(told.map(({ type }) => type)).toEqual(['PaymentFailed', 'PaymentFailed'])
  const [first, second] = told.map((event) => Reflect.get(Object(Reflect.get(event, 'payload')), 'paymentVersion'))
  return second > first
}

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
