import { createHmac } from 'node:crypto'
import { waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { pay } from '../load/crowd/buyer.ts'
import { testSystem } from '../system/test-system.ts'
import { type Shown, ticketHolders } from './ticket-holders.ts'

const own = await testSystem({ FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10' })
const { road, db, send, holder, openPayment, payInWindow, ledgerOf, brokenRules } = await ticketHolders(own)

test('a ticket given back is refunded by what was told before, and the provider has given back exactly that', async () => {
  const { caller, hold } = await holder(1)
  await pay(road, { ...caller, queueToken: hold.paymentToken }, hold, 'buy')
  await sql`
    UPDATE reservation_service.reservations SET confirmed_at = now() - interval '20 days',
      event_start_at = (date_trunc('day', now() AT TIME ZONE 'Asia/Seoul') + interval '5 days 19 hours') AT TIME ZONE 'Asia/Seoul'
    WHERE id = ${hold.reservationId}::uuid`.execute(db)
  // The show is when the ticket was sold for: of one that has moved since, everything is given back.
  await sql`
    INSERT INTO reservation_service.show_times (schedule_id, event_start_at, version)
    SELECT event_schedule_id, event_start_at, 0 FROM reservation_service.reservations WHERE id = ${hold.reservationId}::uuid
    ON CONFLICT (schedule_id) DO UPDATE SET event_start_at = excluded.event_start_at`.execute(db)
  const path = `/reservations/${hold.reservationId}`
  const before = await send<Shown>(caller, 'GET', path)
  const fee = hold.totalAmount / 5
  expect(before.body.cancellation).toMatchObject({ feeNow: fee, refundNow: hold.totalAmount - fee })
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(caller, 'DELETE', path)))
  for (const answer of answers) {
    expect(answer).toEqual({
      status: 200,
      body: { id: hold.reservationId, status: 'CANCELLED', refundAmount: hold.totalAmount - fee, fee },
    })
  }
  const { paymentId } = before.body
  const refunded = async () => (await send<{ status: string }>(caller, 'GET', `/payments/${paymentId}`)).body.status
  await waitUntil(async () => expect(await refunded()).toBe('REFUNDED'), { timeoutMs: 60_000, intervalMs: 200 })
  expect(await ledgerOf(paymentId)).toMatchObject({
    status: 'PARTIAL_CANCELLED',
    capturedAmount: hold.totalAmount,
    cancelledAmount: hold.totalAmount - fee,
    keptAmount: fee,
  })
  expect(await brokenRules()).toEqual([])
}, 180_000)

test('seats exchanged while a payment is open: the former sum is refused and given back, the new one buys the new seats', async () => {
  const { caller, hold } = await holder(2)
  const map = await send<{ grades: { grade: string; price: number; seats: { id: string; status: string }[] }[] }>(
    caller,
    'GET',
    `/events/schedules/${own.scheduleId}/seats`,
  )
  const former = await openPayment(caller, hold, hold.totalAmount)
  expect(former.status).toBe(201)
  const other = map.body.grades.find(({ price }) => price !== hold.totalAmount)
  const free = other?.seats.filter((seat) => seat.status === 'AVAILABLE').at(-1)?.id
  const changed = await send<{ totalAmount: number }>(caller, 'PUT', `/reservations/hold/${hold.reservationId}`, {
    newSeatIds: [free],
  })
  expect(changed).toMatchObject({ status: 200, body: { totalAmount: other?.price } })
  const late = await payInWindow(former.body.portonePaymentId)
  const confirmed = await send({ ...caller, queueToken: hold.paymentToken }, 'POST', '/payments/confirm', {
    reservationId: hold.reservationId,
    paymentId: former.body.paymentId,
    paymentKey: former.body.paymentKey,
    transactionId: late.transactionId,
    amount: hold.totalAmount,
  })
  // 202: the provider's webhook was first and its look is under way.
  expect([202, 400]).toContain(confirmed.status)
  const formerStatus = async () =>
    (await send<{ status: string }>(caller, 'GET', `/payments/${former.body.paymentId}`)).body.status
  await waitUntil(async () => expect(await formerStatus()).toBe('FAILED'), { timeoutMs: 60_000, intervalMs: 200 })
  expect(await ledgerOf(former.body.paymentId)).toMatchObject({ capturedAmount: hold.totalAmount, keptAmount: 0 })
  const anew = { ...hold, totalAmount: changed.body.totalAmount }
  await pay(road, { ...caller, queueToken: hold.paymentToken }, anew, 'buy')
  const ticket = await send<Shown>(caller, 'GET', `/reservations/${hold.reservationId}`)
  expect(ticket.body).toMatchObject({ status: 'CONFIRMED', seats: [{ seatId: free }], totalAmount: other?.price })
  expect(await brokenRules()).toEqual([])
}, 180_000)

/** A webhook of PortOne's about a payment, signed as PortOne signs it. */
const paidWebhook = (paymentId: string) => {
  const body = JSON.stringify({ type: 'Transaction.Paid', data: { paymentId } })
  const [id, at] = [`WH-${paymentId}`, Math.floor(Date.now() / 1_000)]
  const key = Buffer.from(own.secrets.portoneWebhookSecret.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,${signature}`,
  }
  return { method: 'POST', headers, body }
}

test('20 times the same confirmation and 50 times the same webhook at once, approval by hand: one capture, one ticket', async () => {
  const { caller, hold } = await holder(3)
  const open = await openPayment(caller, hold, hold.totalAmount)
  const { portonePaymentId, paymentId, paymentKey } = open.body
  const { transactionId, paymentToken } = await payInWindow(portonePaymentId, { confirm: 'MANUAL' })
  const confirmation = { reservationId: hold.reservationId, paymentId, paymentKey, transactionId, paymentToken }
  const confirm = () =>
    send({ ...caller, queueToken: hold.paymentToken }, 'POST', '/payments/confirm', {
      ...confirmation,
      amount: hold.totalAmount,
    })
  const webhook = paidWebhook(portonePaymentId)
  const tell = async () => (await fetch(`${own.gatewayUrl}/payments/webhook`, webhook)).status
  const [confirmed, told] = await Promise.all([
    Promise.all(Array.from({ length: 20 }, confirm)),
    Promise.all(Array.from({ length: 50 }, tell)),
  ])
  expect(new Set(told)).toEqual(new Set([200]))
  expect(confirmed[0]).toMatchObject({ status: 200, body: { paymentId, status: 'SUCCESS' } })
  expect(confirmed).toEqual(Array(20).fill(confirmed[0]))
  expect((await ledgerOf(paymentId))?.captures).toHaveLength(1)
  const ticket = async () => (await send<Shown>(caller, 'GET', `/reservations/${hold.reservationId}`)).body
  await waitUntil(async () => expect(await ticket()).toMatchObject({ status: 'CONFIRMED', paymentId }), {
    timeoutMs: 60_000,
    intervalMs: 200,
  })
  const { rows } = await sql<{ type: string; count: number }>`
    SELECT event_type AS type, count(*)::int AS count FROM common.outbox_events
    WHERE payload #>> '{payload,reservationId}' = ${hold.reservationId} GROUP BY event_type ORDER BY event_type`.execute(
    db,
  )
  expect(rows).toEqual([
    { type: 'PaymentSuccess', count: 1 },
    { type: 'ReservationConfirmed', count: 1 },
  ])
  expect(await brokenRules()).toEqual([])
}, 180_000)
