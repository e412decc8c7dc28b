import { type ConfirmedSeats, confirmedSeatsSchema } from '@ticket-queue/contracts/http/reservation'
import { v7 as uuidv7 } from 'uuid'
import { expect, test } from 'vitest'
import { passOnSeats } from '../pass-on-seats/pass-on-seats.ts'
import { outcome, paymentKey } from '../test-buyers.ts'
import { paymentSuccess, testReservationService } from '../test-reservation-service.ts'

const { deps, internalApp, scene, admitOne, held, paying, cancel, deliver } = await testReservationService()
const ask = (path: string, headers: Record<string, string> = { 'x-service-api-key': paymentKey }) =>
  internalApp.inject({ method: 'GET', url: `/internal/schedules/${path}`, headers })

/** Every page of `limit` seats. */
async function readAll(scheduleId: string, limit: number): Promise<ConfirmedSeats['seats'][]> {
  const pages: ConfirmedSeats['seats'][] = []
  for (let next: string | null = ''; next !== null; ) {
    const after: string = next === '' ? '' : `&after=${next}`
    const page = confirmedSeatsSchema.parse((await ask(`${scheduleId}/confirmed-seats?limit=${limit}${after}`)).json())
    pages.push(page.seats)
    next = page.next
  }
  return pages
}

test('gives each seat of confirmed reservations once, page by page, and none that is only held or of another schedule', async () => {
  const { schedule, scheduleId, buyer, seatIds } = await scene(6)
  const bought = await paying(buyer, seatIds.slice(0, 3))
  await deliver(paymentSuccess(buyer, bought, bought.paymentId))
  await held(await admitOne(schedule), seatIds.slice(3, 5))
  const elsewhere = await scene(1)
  const other = await paying(elsewhere.buyer, elsewhere.seatIds)
  await deliver(paymentSuccess(elsewhere.buyer, other, other.paymentId))

  const wanted = seatIds.slice(0, 3).toSorted()
  for (const limit of [1, 2, 3, 4]) {
    const pages = await readAll(scheduleId, limit)
    expect(pages.every((page) => page.length <= limit)).toBe(true)
    expect(pages.flat()).toEqual(wanted.map((seatId) => ({ seatId, reservationId: bought.reservationId })))
  }
})

test('a seat that comes back later is still sold by the ticket that was given back, until it is passed on', async () => {
  const rules = { perPersonMax: null, avoidOrphans: false, release: { policy: 'WAITING_LIST' as const, at: null } }
  const { scheduleId, buyer, seatIds } = await scene(1, { rules })
  const bought = await paying(buyer, seatIds)
  await deliver(paymentSuccess(buyer, bought, bought.paymentId))
  await cancel(buyer, bought.reservationId)
  const kept = [{ seatId: seatIds[0], reservationId: bought.reservationId }]
  expect((await readAll(scheduleId, 10)).flat()).toEqual(kept)
  await passOnSeats(deps, scheduleId)
  expect((await readAll(scheduleId, 10)).flat()).toEqual([])
})

test('gives nothing for a schedule nobody has bought of, and refuses bad pages and callers without a key', async () => {
  const path = `${uuidv7()}/confirmed-seats`
  expect((await ask(path)).json()).toMatchObject({ seats: [], next: null })
  for (const query of ['limit=0', 'limit=5001', 'limit=x', 'after=1']) {
    expect(outcome(await ask(`${path}?${query}`)), query).toBe('400 VALIDATION_FAILED')
  }
  expect(outcome(await ask(path, {}))).toBe('401 SERVICE_KEY_INVALID')
})
