import { reservationOutcomeSchema } from '@ticket-queue/contracts/http/reservation'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { passOnSeats } from '../pass-on-seats/pass-on-seats.ts'
import { outcome, paymentKey } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { deps, internalApp, db, scene, held, paying, release, cancel, deliver } = await testReservationService()
const ask = (id: string, headers: Record<string, string> = { 'x-service-api-key': paymentKey }) =>
  internalApp.inject({ method: 'GET', url: `/internal/reservations/${id}/outcome`, headers })
const read = async (id: string) => reservationOutcomeSchema.parse((await ask(id)).json())

test('tells what has become of a reservation, and for how long it has been so', async () => {
  const { scheduleId, buyer, seatIds } = await scene(2)
  const bought = await paying(buyer, seatIds)
  expect(await read(bought.reservationId)).toMatchObject({ status: 'PENDING', scheduleId })
  await deliver(paymentSuccess(buyer, bought, bought.paymentId))
  const hourAgo = new Date(Date.now() - 3_600_000)
  await db.updateTable('reservations').set({ confirmed_at: hourAgo }).where('id', '=', bought.reservationId).execute()
  const confirmed = await read(bought.reservationId)
  expect(confirmed).toMatchObject({ status: 'CONFIRMED', reservationId: bought.reservationId })
  expect(confirmed.seatIds.toSorted()).toEqual(seatIds.toSorted())
  expect(confirmed.sinceSeconds).toBeGreaterThanOrEqual(3600)
})

test('counts from the end of one that has ended, and still names its seats', async () => {
  const { buyer, seatIds } = await scene(2)
  const made = await held(buyer, seatIds)
  const hourAgo = new Date(Date.now() - 3_600_000)
  await db.updateTable('reservations').set({ created_at: hourAgo }).where('id', '=', made.reservationId).execute()
  await release(buyer, made.reservationId)
  const ended = await read(made.reservationId)
  expect(ended).toMatchObject({ status: 'CANCELLED' })
  expect(ended.seatIds.toSorted()).toEqual(seatIds.toSorted())
  expect(ended.sinceSeconds).toBeLessThan(3600)
})

test('names the seats that stay sold by a ticket that was given back, and counts from when they were passed on', async () => {
  const rules = { perPersonMax: null, avoidOrphans: false, release: { policy: 'WAITING_LIST' as const, at: null } }
  const { scheduleId, buyer, seatIds } = await scene(2, { rules })
  const bought = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, bought, bought.paymentId))
  expect(await read(bought.reservationId)).toMatchObject({ withheldSeatIds: [] })
  await cancel(buyer, bought.reservationId)
  const kept = await read(bought.reservationId)
  expect([kept.status, kept.withheldSeatIds?.toSorted()]).toEqual(['CANCELLED', seatIds])
  const hourAgo = new Date(Date.now() - 3_600_000)
  await db.updateTable('reservations').set({ cancelled_at: hourAgo }).where('id', '=', bought.reservationId).execute()
  await passOnSeats(deps, scheduleId)
  const passedOn = await read(bought.reservationId)
  expect(passedOn).toMatchObject({ status: 'CANCELLED', withheldSeatIds: [] })
  expect(passedOn.sinceSeconds).toBeLessThan(3600)
})

test('is 404 for an unknown one, 400 for what is no ID, 401 without a key', async () => {
  expect(outcome(await ask(uuidv7()))).toBe('404 RESERVATION_NOT_FOUND')
  expect(outcome(await ask('1'))).toBe('400 VALIDATION_FAILED')
  expect(outcome(await ask(uuidv7(), {}))).toBe('401 SERVICE_KEY_INVALID')
})
