import { randomUUID } from 'node:crypto'
import { callService, ServiceCallError } from '@ticket-queue/service-kit'
import { testRedis } from '@ticket-queue/testing'
import { afterAll, expect, test } from 'vitest'
import { shareReservations } from './share-reservations.ts'
import { startOtherServices } from './test-other-services.ts'

const apiKey = randomUUID()
const others = await startOtherServices(testRedis(), apiKey)
const client = callService({ baseUrl: others.address, apiKey, caller: 'payment', timeoutMs: 5_000 })
afterAll(async () => {
  await client.close()
  await others.close()
})
const { read, begin } = shareReservations(client)

const holds = (count: number) => Array.from({ length: count }, () => others.hold())
const asked = ({ reservationId }: { reservationId: string }) => ({ reservationId, requestId: 'request' })
const paymentOf = ({ userId, totalAmount, ...one }: ReturnType<typeof others.hold>) => ({
  ...asked(one),
  ...{ paymentId: randomUUID(), userId, amount: totalAmount },
})

test('those who ask at once share one call, each with the answer to its own question; who is alone asks alone', async () => {
  const calls = others.together.length
  const made = holds(5)
  const nobodys = { reservationId: randomUUID() }
  expect(await Promise.all([...made, nobodys].map((one) => read(asked(one))))).toEqual([...made, null])
  const payments = made.map(paymentOf)
  const wrong = { ...paymentOf(others.hold()), amount: 1 }
  const began = await Promise.all([...payments, wrong].map(begin))
  expect(began.slice(0, 5)).toEqual(made.map((reservation) => ({ granted: true, reservation })))
  expect(began[5]).toEqual({ granted: false, reason: 'AMOUNT_MISMATCH' })
  expect(made.map(({ reservationId }) => others.begunBy(reservationId))).toEqual(payments.map((one) => one.paymentId))
  const [alone] = holds(1)
  if (alone) expect(await read(asked(alone))).toEqual(alone)
  expect(await read(asked(nobodys))).toBeNull()
  expect(others.together.slice(calls).map((ids) => ids.length)).toEqual([6, 6])
})

test('one that the reservation service stumbles over costs the others nothing', async () => {
  const [bad, ...good] = holds(4)
  if (!bad) throw new Error('four were made')
  others.behave(bad.reservationId, 'broken')
  const payments = [bad, ...good].map(paymentOf)
  const [refused, ...began] = await Promise.allSettled(payments.map(begin))
  expect(refused).toMatchObject({ reason: { name: 'ServiceCallError', status: 500, unreachable: false } })
  expect(began.map((one) => one.status === 'fulfilled' && one.value.granted)).toEqual([true, true, true])
})

test('late money, which takes seats back and asks others for that, goes alone: nobody waits or fails with it', async () => {
  const [late, ...good] = holds(4)
  if (!late) throw new Error('four were made')
  others.behave(late.reservationId, 'away')
  const calls = others.together.length
  const captured = { paymentVersion: 2 }
  const [refused, ...began] = await Promise.allSettled([
    begin({ ...paymentOf(late), captured }),
    ...good.map((one) => begin(paymentOf(one))),
  ])
  expect(refused).toMatchObject({ reason: { name: 'ServiceCallError', unreachable: true } })
  expect(began.map((one) => one.status === 'fulfilled' && one.value.granted)).toEqual([true, true, true])
  expect(others.together.slice(calls).flat()).not.toContain(late.reservationId)
})

test('a reservation service that is away is away for all of them at once', async () => {
  const made = holds(3)
  for (const { reservationId } of made) others.behave(reservationId, 'away')
  const calls = others.together.length
  const answers = await Promise.allSettled(made.map((one) => begin(paymentOf(one))))
  expect(answers.map((one) => one.status === 'rejected' && one.reason instanceof ServiceCallError)).toEqual([
    true,
    true,
    true,
  ])
  expect(others.together.length).toBe(calls + 1)
})
