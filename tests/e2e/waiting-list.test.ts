import { ApiError, apiAt, logIn } from '@ticket-queue/scripts/call-api'
import { waitUntil } from '@ticket-queue/testing'
import { expect, test } from 'vitest'
import { type Hold, pay, signUpAndLogIn } from '../load/crowd/buyer.ts'
import { followStream } from '../system/follow-stream.ts'
import { testSystem } from '../system/test-system.ts'
import { type Shown, ticketHolders } from './ticket-holders.ts'

const own = await testSystem({ FIRST_CHECK_SECONDS: '5' })
const scheduleId = await sellOneSeat()
const { road, send, holder, brokenRules } = await ticketHolders({ ...own, scheduleId })
const patient = { timeoutMs: 60_000, intervalMs: 200 }

interface Place {
  readonly entryId: string
  readonly status: string
  readonly offer: { readonly reservationId: string; readonly expiresAt: string } | null
}

/** An event of one seat with a waiting list, on sale; until it is published administrators alone see it. */
async function sellOneSeat(): Promise<string> {
  const everybody = apiAt(own.gatewayUrl)
  const admin = apiAt(own.gatewayUrl, await logIn(own.gatewayUrl, own.admin.email, own.admin.password))
  const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const venue = await admin<{ id: string }>('POST', '/venues', { name: '작은 무대', address: '서울', city: '서울' })
  const sections = [{ name: 'A', grade: 'S', rows: 1, seatsPerRow: 1, position: { x: 0, y: 0 } }]
  const hall = await admin<{ id: string }>('POST', `/venues/${venue.id}/halls`, {
    ...{ name: '1관', capacity: 1, seatTemplate: { sections } },
  })
  const times = { eventStartAt: at(24 * 60), eventEndAt: at(24 * 60 + 2), saleStartAt: at(-1), saleEndAt: at(24 * 30) }
  const { id } = await admin<{ id: string }>('POST', '/events', {
    ...{ title: '한 자리', artist: '가수', description: '한 사람을 위한 무대', venueId: venue.id, hallId: hall.id },
    prices: { S: 99_000 },
    schedules: [{ playSequence: 1, ...times }],
    options: { release: { policy: 'WAITING_LIST' } },
  })
  await expect(everybody('GET', `/events/${id}`)).rejects.toThrow(ApiError)
  expect(await admin('GET', `/events/${id}`)).toMatchObject({ id, status: 'PREPARING' })
  await admin('POST', `/events/${id}/publish`)
  const detail = await everybody<{ schedules: { id: string }[] }>('GET', `/events/${id}`)
  return String(detail.schedules[0]?.id)
}

test('who waits for a sold out show is told of a ticket given back, has the card declined once, and buys it all the same', async () => {
  const { caller: owner, hold } = await holder(1)
  await pay(road, { ...owner, queueToken: hold.paymentToken }, hold, 'buy')
  const fan = await signUpAndLogIn(road, 2)
  const join = () => send<Place>(fan, 'POST', '/reservations/waiting-list', { scheduleId, count: 1 })
  // The seat is SOLD to everybody once the event service has heard of it.
  const { entryId } = await waitUntil(async () => {
    const joined = await join()
    expect(joined.status).toBe(201)
    return joined.body
  }, patient)
  const stream = followStream(`${own.gatewayUrl}/reservations/waiting-list/stream`, fan.token)
  const told = async (status: string): Promise<Place> =>
    waitUntil(() => {
      const data = stream.events.at(-1)?.data as unknown as { list: Place[] } | undefined
      return data?.list.find((place) => place.entryId === entryId && place.status === status) ?? null
    }, patient)
  await told('WAITING')
  expect((await send(owner, 'DELETE', `/reservations/${hold.reservationId}`)).status).toBe(200)
  const { offer } = await told('OFFERED')

  const accept = async (): Promise<Hold> =>
    (await send<Hold>(fan, 'POST', `/reservations/waiting-list/${entryId}/accept`)).body
  const declined = await accept()
  expect(declined).toMatchObject({ reservationId: offer?.reservationId, totalAmount: 99_000 })
  await pay(road, { ...fan, queueToken: declined.paymentToken }, declined, 'fail payment')
  const again = await accept()
  expect(again.reservationId).toBe(declined.reservationId)
  // The one that failed may still have the reservation pinned until reservation has heard of its end.
  await waitUntil(() => pay(road, { ...fan, queueToken: again.paymentToken }, again, 'buy').then(() => true), patient)
  await told('TAKEN')
  stream.stop()
  expect((await send<Shown>(fan, 'GET', `/reservations/${again.reservationId}`)).body.status).toBe('CONFIRMED')
  expect(await brokenRules()).toEqual([])
}, 180_000)
