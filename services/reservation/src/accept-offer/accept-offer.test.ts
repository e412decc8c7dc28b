import { waitUntil } from '@ticket-queue/testing'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { outcome } from '../test-buyers.ts'
import { testReservationService } from '../test-reservation-service.ts'
import { waitingListOf } from '../test-waiting-list.ts'
import { acceptOffer } from './accept-offer.ts'

const service = await testReservationService()
const { db, deps, neighbours, reservation, published, makeOverdue } = service
const { soldOut, giveBack, waiting, leave, accept, placeOf, offerOf, passOn, buy } = waitingListOf(service)
const statusesOf = (places: { userId: string; entryId: string }[]) =>
  Promise.all(places.map(async (place) => (await placeOf(place)).status))

test('who takes the offer pays as for any hold and has a ticket; the place is over', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  expect(outcome(await accept(fan))).toBe('409 NOT_OFFERED')
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { reservationId, totalAmount } = await offerOf(fan)
  const taken = await accept(fan)
  expect(taken.json()).toMatchObject({ reservationId, status: 'PENDING', totalAmount })
  expect(taken.json<{ paymentToken: string }>().paymentToken).toMatch(/^qp_/)
  expect((await accept(fan)).json()).toEqual(taken.json())
  await buy(fan)
  expect(await reservation(reservationId)).toMatchObject({ status: 'CONFIRMED', user_id: fan.userId })
  expect(await statusesOf([fan])).toEqual(['TAKEN'])
  expect((await published(reservationId)).map(({ type }) => type)).toEqual([
    'WaitingListOffered',
    'ReservationConfirmed',
  ])
  expect(outcome(await accept(fan))).toBe('409 OFFER_ENDED')
  expect(outcome(await leave(fan))).toBe('409 OFFER_ENDED')
})

test('in the last minute an offer that is taken lasts as long as any hold, once', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { reservationId } = await offerOf(fan)
  const endIn = (seconds: number) =>
    db
      .updateTable('reservations')
      .set({ hold_expires_at: new Date(Date.now() + seconds * 1000) })
      .where('id', '=', reservationId)
      .execute()
  const leftAfterAccepting = async () =>
    Date.parse((await accept(fan)).json<{ holdExpiresAt: string }>().holdExpiresAt) - Date.now()
  await endIn(60)
  expect(await leftAfterAccepting()).toBeGreaterThan(240_000)
  await endIn(60)
  expect(await leftAfterAccepting()).toBeLessThan(120_000)
  await makeOverdue(reservationId)
  expect(outcome(await accept(fan))).toBe('409 OFFER_ENDED')
  expect(await statusesOf([fan])).toEqual(['EXPIRED'])
})

test('an offer that is taken ends with the sale, however long a hold lasts', async () => {
  const saleEndAt = new Date(Date.now() + 1_800_000).toISOString()
  const { scheduleId, ticket } = await soldOut([{}], { saleEndAt })
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { reservationId } = await offerOf(fan)
  expect(await reservation(reservationId)).toMatchObject({ hold_expires_at: new Date(saleEndAt) })
  const soon = new Date(Date.now() + 1_700_000)
  await db.updateTable('reservations').set({ hold_expires_at: soon }).where('id', '=', reservationId).execute()
  const taken = await acceptOffer({ ...deps, holdSeconds: 3_600 }, { ...fan, requestId: 'in-the-last-minutes' })
  expect(taken).toMatchObject({ reservationId, holdExpiresAt: saleEndAt })
})

test('an offer that is taken after the sale was cut short lasts as long as it was promised', async () => {
  const { schedule, scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const { expiresAt } = await offerOf(fan)
  schedule.facts = { ...schedule.facts, saleEndAt: new Date().toISOString() }
  await waitUntil(async () => (await deps.catalogue.schedule(scheduleId))?.saleEndAt === schedule.facts.saleEndAt)
  expect((await accept(fan)).json()).toMatchObject({ holdExpiresAt: expiresAt })
})

test('somebody else’s offer is as unknown as one that never was', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  const stranger = uuidv7()
  for (const entryId of [fan.entryId, uuidv7()])
    expect(outcome(await accept({ userId: stranger, entryId }))).toBe('404 WAITING_ENTRY_NOT_FOUND')
  expect(outcome(await accept({ userId: stranger, entryId: 'no-id' }))).toBe('400 VALIDATION_FAILED')
  expect(await statusesOf([fan])).toEqual(['OFFERED'])
})

test('while the event and the queue service are away an offer is not lost: the call is repeated', async () => {
  const { scheduleId, ticket } = await soldOut()
  const fan = await waiting(scheduleId)
  await giveBack(ticket(0))
  await passOn(scheduleId)
  neighbours.misbehave('error')
  try {
    expect(outcome(await accept(fan))).toBe('503 SERVICE_UNAVAILABLE')
  } finally {
    neighbours.misbehave(null)
  }
  expect(outcome(await accept(fan))).toBe('200')
})
