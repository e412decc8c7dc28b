import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { outcome, type Purchase, testPaymentService } from '../test-payment-service.ts'

const service = await testPaymentService()
const { registered, register, confirm, row, events, sandbox, others } = service

const exchange = ({ reservation }: Purchase, totalAmount: number) => {
  const seatIds = [randomUUID()]
  others.change(reservation.reservationId, { seatIds, totalAmount })
  return seatIds
}
const pay = async (purchase: Purchase): Promise<Purchase> => ({
  ...purchase,
  ...(await sandbox.pay(purchase.portonePaymentId, {})),
})
/** The same buyer, who opens a payment for what the seats cost now. */
const openAnew = async (purchase: Purchase, totalAmount: number) => {
  const who = { ...purchase, paymentKey: randomUUID(), reservation: { ...purchase.reservation, totalAmount } }
  return { who, answer: await register(who) }
}

test('seats exchanged at the same price after the payment was opened are the seats that are paid', async () => {
  const purchase = await registered()
  const seatIds = exchange(purchase, purchase.reservation.totalAmount)
  expect((await confirm(await pay(purchase))).statusCode).toBe(200)
  expect(await events(purchase)).toMatchObject([{ type: 'PaymentSuccess', payload: { seatIds } }])
  expect((await row(purchase)).seat_ids).toEqual(seatIds)
})

test('a payment of the former sum buys nothing: refused, and the money goes back', async () => {
  const purchase = await registered()
  exchange(purchase, 132_000)
  const answer = await confirm(await pay(purchase))
  expect(outcome(answer)).toBe('400 AMOUNT_MISMATCH')
  expect(await row(purchase)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
  expect((await sandbox.ledger(purchase.portonePaymentId)).keptAmount).toBe(0)
})

test('a new payment for the new sum takes the place of the one that is open, and buys the new seats', async () => {
  const former = await registered()
  const seatIds = exchange(former, 132_000)
  const { who, answer } = await openAnew(former, 132_000)
  expect(answer.statusCode).toBe(201)
  expect(await row(former)).toMatchObject({ status: 'FAILED', failure_reason: 'AMOUNT_MISMATCH' })
  const purchase = await pay({ ...who, ...answer.json<{ paymentId: string; portonePaymentId: string }>() })
  expect((await confirm(purchase)).statusCode).toBe(200)
  expect(await events(purchase)).toMatchObject([{ type: 'PaymentSuccess', payload: { seatIds, amount: 132_000 } }])
})

test('what was paid of the former sum goes back before the new payment is opened', async () => {
  const former = await pay(await registered())
  exchange(former, 132_000)
  expect((await openAnew(former, 132_000)).answer.statusCode).toBe(201)
  expect((await sandbox.ledger(former.portonePaymentId)).keptAmount).toBe(0)
})

test('while PortOne cannot say whether the former sum is paid, no second payment is opened', async () => {
  const former = await registered()
  exchange(former, 132_000)
  await sandbox.misbehave({ match: `GET /payments/${former.portonePaymentId}`, kind: 'status', value: 500 })
  const { answer } = await openAnew(former, 132_000)
  expect(outcome(answer)).toBe('409 PAYMENT_EXISTS')
  expect(answer.json()).toMatchObject({ paymentId: former.paymentId })
  expect((await row(former)).status).toBe('PENDING')
})

test('many at once who open the new payment get one, and no other', async () => {
  const former = await registered()
  exchange(former, 132_000)
  const answers = await Promise.all(Array.from({ length: 8 }, () => openAnew(former, 132_000)))
  const outcomes = answers.map(({ answer }) => outcome(answer))
  expect(outcomes.filter((one) => one === '201')).toHaveLength(1)
  expect(new Set(outcomes)).toEqual(new Set(['201', '409 PAYMENT_EXISTS']))
})
