import { randomUUID } from 'node:crypto'
import { consumerGroups } from '@ticket-queue/contracts/events'
import { createDatabase } from '@ticket-queue/database'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import type { Database } from '../store/database.ts'
import { asUser, outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { paid, registered, confirm, look, row, events, others, sandbox, reservationCancelled } = service
const owner = createDatabase<Database>({ url: service.ownerUrl, poolMax: 2 })
afterAll(() => owner.close())

const asAdmin = { ...asUser(randomUUID()), 'x-user-role': 'ADMIN' }
const discard = async (letterId: string) =>
  outcome(
    await service.ask('POST', `/payments/admin/dead-letters/${letterId}/discard`, asAdmin, { reason: 'never applied' }),
  )

let lastOffset = 0
interface Filed {
  readonly type: string
  readonly group?: string | null
  readonly key?: string
  readonly value?: unknown
}
/** Puts a letter about a purchase into the table as the service does that could not apply it. */
async function file({ paymentId, reservation }: Purchase, letter: Filed): Promise<string> {
  const { type, group = consumerGroups.reservationPayment, key = reservation.reservationId } = letter
  const { value = { payload: { paymentId } } } = letter
  lastOffset += 1
  const { rows } = await sql<{ id: string }>`
    insert into common.dead_letters (service, topic, partition, "offset", key, value, event_type, error, consumer_group)
    values ('reservation_svc_user', 'payment.events', 1, ${lastOffset}, ${key},
      ${Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))}, ${type}, 'PermanentError: no', ${group})
    returning id`.execute(owner.db)
  return String(rows[0]?.id)
}

/** Somebody who has paid, and whose reservation does not know it. */
const bought = async () => {
  const purchase = await paid()
  expect((await confirm(purchase)).statusCode).toBe(200)
  return purchase
}
/** Somebody whose payment has failed, and whose reservation does not know it. */
const failed = async () => {
  const purchase = await registered()
  expect(outcome(await confirm(purchase))).toBe('409 PAYMENT_FAILED')
  return purchase
}
/** Somebody whose money has gone back, and whose reservation does not know it. */
const refunded = async () => {
  const purchase = await bought()
  others.confirm(purchase.reservation.reservationId)
  await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  await look(purchase)
  expect((await row(purchase)).status).toBe('REFUNDED')
  return purchase
}
/** Somebody whose reservation was given back, and whose payment does not know it. */
const cancelled = async () => {
  const purchase = await bought()
  others.endHold(purchase.reservation.reservationId)
  return purchase
}
const endHold = async ({ reservation }: Purchase) => others.endHold(reservation.reservationId)

test.each([
  ['PaymentSuccess', bought, async ({ reservation }: Purchase) => others.confirm(reservation.reservationId)],
  ['PaymentFailed', failed, endHold],
  ['PaymentRefunded', refunded, endHold],
  [
    'ReservationCancelled',
    cancelled,
    (purchase: Purchase) => reservationCancelled(purchase, { wasConfirmed: true, refundAmount: 198_000 }),
  ],
] as const)(
  '%s is not given up while money or seats hang on it: 409 DEAD_LETTER_NEEDED',
  async (type, hang, settle) => {
    const purchase = await hang()
    const group =
      type === 'ReservationCancelled' ? consumerGroups.paymentReservation : consumerGroups.reservationPayment
    const letters = [
      await file(purchase, { type, group }),
      await file(purchase, { type, group, value: 'no JSON' }),
      await file(purchase, { type, group: null }),
    ]
    for (const id of letters) expect(await discard(id)).toBe('409 DEAD_LETTER_NEEDED')
    await settle(purchase)
    for (const id of letters) expect(await discard(id)).toBe('202')
  },
)

test('a PaymentSuccess that can never be applied may be given up once its money has gone back, and PaymentRefunded follows it', async () => {
  const purchase = await bought()
  const id = await file(purchase, { type: 'PaymentSuccess' })
  expect(await discard(id)).toBe('409 DEAD_LETTER_NEEDED')
  await sandbox.cancelInConsole(purchase.portonePaymentId, 198_000)
  await look(purchase)
  expect((await events(purchase)).map(({ type }) => type)).toEqual(['PaymentSuccess', 'PaymentRefunded'])
  expect(await discard(id)).toBe('202')
})

test('money of a reservation that nobody knows is not given up either', async () => {
  const purchase = await bought()
  others.forget(purchase.reservation.reservationId)
  expect(await discard(await file(purchase, { type: 'PaymentSuccess' }))).toBe('409 DEAD_LETTER_NEEDED')
})

test.each([
  ['names a payment that is none of ours', { value: { payload: { paymentId: randomUUID() } } }],
  ['has no reservation as its key and cannot be read', { key: 'stray', value: 'stray' }],
  ['is of a group that settles nothing', { group: consumerGroups.eventPayment }],
  ['is of another type', { type: 'constructor' }],
])('what %s may be given up', async (_what, letter) => {
  const purchase = await bought()
  expect(await discard(await file(purchase, { type: 'PaymentSuccess', ...letter }))).toBe('202')
})

test('while the reservation service cannot be asked nothing that may be needed is given up: 503', async () => {
  const purchase = await bought()
  const id = await file(purchase, { type: 'PaymentSuccess' })
  others.behave(purchase.reservation.reservationId, 'away')
  expect(await discard(id)).toBe('503 SERVICE_UNAVAILABLE')
  others.behave(purchase.reservation.reservationId, 'good')
  expect(await discard(id)).toBe('409 DEAD_LETTER_NEEDED')
})
