import type { ChildProcess } from 'node:child_process'
import { topics } from '@ticket-queue/contracts/events'
import { testMessaging, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, expect, inject, test } from 'vitest'
import { cancelledEvent, type Purchase, testPaymentService, testSettings } from './test-payment-service.ts'
import { endProcess, freePort, startProcess } from './test-sandbox.ts'

const service = await testPaymentService()
const { messaging, topicPrefix, brokers } = await testMessaging()
const { db, sandbox, row, events, steps } = service
const started: ChildProcess[] = []
afterAll(async () => {
  await Promise.all(started.map((child) => endProcess(child, 'SIGKILL')))
})

/** The payment service as a process of its own over the stores of this file, and a buyer's calls to it. */
const start = async () => {
  const [port, sidePort] = [await freePort(), await freePort()]
  const child = await startProcess('./main.ts', {
    ...testSettings({
      databaseUrl: service.config.DATABASE_URL,
      othersUrl: service.config.RESERVATION_INTERNAL_URL,
      sandboxUrl: sandbox.url,
    }),
    PORT: String(port),
    SIDE_PORT: String(sidePort),
    INTERNAL_PORT: '0',
    REDIS_URL: inject('stack').redisUrl,
    REDIS_KEY_PREFIX: service.redis.keyPrefix,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC_PREFIX: topicPrefix,
  })
  started.push(child)
  const confirm = (purchase: Purchase) =>
    fetch(`http://127.0.0.1:${port}/payments/confirm`, {
      method: 'POST',
      headers: { ...service.headersOf(purchase), 'content-type': 'application/json' },
      body: JSON.stringify(service.confirmationOf(purchase)),
    })
  const isReady = async () => (await fetch(`http://127.0.0.1:${sidePort}/readyz`)).status === 200
  const figures = async () => (await fetch(`http://127.0.0.1:${sidePort}/metrics`)).text()
  return { child, confirm, figures, isReady }
}
/** Of what the process is to start beside its routes. */
const figuresOfPayment = [
  'messaging_consumer_lag_messages{group="payment-',
  'messaging_dead_letters_total{origin="payment-',
  'outbox_oldest_unsent_age_seconds{',
  'payment_comparison_oldest_day_age_seconds{',
  'payment_other_stores{',
  'payment_tickets_missing{',
]
const makeDue = ({ paymentId }: Purchase) =>
  db.updateTable('payments').set({ next_check_at: sql<Date>`now()` }).where('id', '=', paymentId).execute()
const typesOf = async (purchase: Purchase) => (await events(purchase)).map(({ type }) => type)
/** A killed process takes its buyer's connection with it. */
const lost = (answer: Promise<Response>) =>
  answer.then(
    () => 'answered',
    () => 'lost',
  )

test('as a process: a payment is confirmed, its event published, and the end of its reservation refunds it', async () => {
  const { child, confirm, figures, isReady } = await start()
  await waitUntil(isReady, { timeoutMs: 20_000 })
  const purchase = await service.paid()
  expect((await confirm(purchase)).status).toBe(200)
  const published = async () => {
    const rows = await db
      .selectFrom('outbox_events')
      .selectAll()
      .where('aggregate_id', '=', purchase.paymentId)
      .execute()
    return rows.filter((one) => one.published).map((one) => one.event_type)
  }
  await waitUntil(async () => expect(await published()).toEqual(['PaymentSuccess']), { timeoutMs: 20_000 })

  const event = cancelledEvent(purchase.reservation, {
    reason: 'USER_CANCELLED',
    wasConfirmed: true,
    refundAmount: 90_000,
  })
  const other = await service.buyer()
  const unread = { ...cancelledEvent(other.reservation), version: 2 }
  const newer = { ...event, region: 'kr', payload: { ...event.payload, feeRule: 'ladder' } }
  const messageOf = (one: typeof event | typeof unread) => ({
    key: one.payload.reservationId,
    value: JSON.stringify(one),
  })
  await messaging.publishBatch(topics.reservation, [messageOf(unread), messageOf(newer), messageOf(newer)])
  await waitUntil(async () => expect((await published()).sort()).toEqual(['PaymentRefunded', 'PaymentSuccess']), {
    timeoutMs: 20_000,
  })
  expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 90_000 }])
  // An unknown major version is a dead letter and no crash, unknown fields are nothing.
  const letters = db.selectFrom('dead_letters').selectAll().where('key', '=', other.reservation.reservationId)
  await waitUntil(async () => expect(await letters.execute()).toMatchObject([{ status: 'OPEN' }]), {
    timeoutMs: 20_000,
  })
  // The broker is asked for the lag every 15 s, and what it has not told yet is no figure.
  await waitUntil(
    async () => {
      const shown = await figures()
      for (const name of figuresOfPayment) expect(shown).toContain(name)
    },
    { timeoutMs: 20_000 },
  )
  expect(await endProcess(child)).toBe(0)
})

test('killed between PortOne’s capture and our row: a new process finishes it, one capture, one event (M1)', async () => {
  const first = await start()
  const purchase = await service.paid({ confirm: 'MANUAL' })
  await sandbox.misbehave({ match: `GET /payments/${purchase.portonePaymentId}`, kind: 'delay', value: 2_000 })
  const answer = lost(first.confirm(purchase))
  await waitUntil(async () => (await sandbox.ledger(purchase.portonePaymentId)).capturedAmount === 198_000, {
    timeoutMs: 10_000,
  })
  await endProcess(first.child, 'SIGKILL')
  expect(await answer).toBe('lost')
  expect(await row(purchase)).toMatchObject({ status: 'PENDING' })
  expect(await steps(purchase)).not.toContain('SUCCESS DONE')

  await sandbox.misbehave()
  const second = await start()
  await makeDue(purchase)
  await waitUntil(async () => (await row(purchase)).status === 'SUCCESS', { timeoutMs: 10_000 })
  expect((await second.confirm(purchase)).status).toBe(200)
  expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  await endProcess(second.child, 'SIGKILL')
})

test('killed while PortOne captures: a new process asks for the same capture and not for a second one', async () => {
  const first = await start()
  const purchase = await service.paid({ confirm: 'MANUAL' })
  await sandbox.misbehave({
    match: `POST /payments/${purchase.portonePaymentId}/confirm`,
    kind: 'delay',
    value: 2_000,
    times: 1,
  })
  const answer = lost(first.confirm(purchase))
  await waitUntil(async () => (await steps(purchase)).includes('CAPTURE STARTED'))
  await endProcess(first.child, 'SIGKILL')
  expect(await answer).toBe('lost')

  const second = await start()
  await makeDue(purchase)
  await waitUntil(async () => (await row(purchase)).status === 'SUCCESS', { timeoutMs: 10_000 })
  expect(await typesOf(purchase)).toEqual(['PaymentSuccess'])
  expect((await sandbox.ledger(purchase.portonePaymentId)).captures).toHaveLength(1)
  await endProcess(second.child, 'SIGKILL')
})

test('killed while a refund is under way: it is made once, and the books say so', async () => {
  const purchase = await service.paid()
  await service.confirm(purchase)
  await sandbox.misbehave({
    match: `POST /payments/${purchase.portonePaymentId}/cancel`,
    kind: 'delay',
    value: 1_500,
    times: 1,
  })
  const first = await start()
  await service.reservationCancelled(purchase, { reason: 'USER_CANCELLED', wasConfirmed: true, refundAmount: 90_000 })
  await waitUntil(async () => (await steps(purchase)).includes('REFUND STARTED'), { timeoutMs: 10_000 })
  await endProcess(first.child, 'SIGKILL')

  const second = await start()
  await makeDue(purchase)
  await waitUntil(async () => (await row(purchase)).status === 'REFUNDED', { timeoutMs: 10_000 })
  expect((await sandbox.ledger(purchase.portonePaymentId)).cancellations).toEqual([{ amount: 90_000 }])
  expect(await typesOf(purchase)).toEqual(['PaymentSuccess', 'PaymentRefunded'])
  await endProcess(second.child, 'SIGKILL')
})
