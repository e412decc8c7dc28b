import type { ReservationOutcome } from '@ticket-queue/contracts/http/reservation'
import { makeEvent, seatsOf } from '../test-catalogue.ts'
import { eventKey, testEventService } from '../test-event-service.ts'
import { startReservations } from '../test-reservations.ts'
import { newReservationId } from '../test-sales.ts'
import { inFlightSeconds } from './differences.ts'

/** An event service beside a stand-in for the reservation service, and ways to make the two differ. */
export async function testConsistency() {
  const reservations = await startReservations(eventKey)
  const service = await testEventService({ reservationsUrl: reservations.url })
  const { db } = service.database

  const path = (scheduleId: string) => `/events/admin/consistency/${scheduleId}`
  const check = (scheduleId: string) => service.call('GET', path(scheduleId), { as: 'admin' })
  const repair = (scheduleId: string) => service.call('POST', `${path(scheduleId)}/repair`, { as: 'admin' })

  /** A reservation of some seats as the reservation service has it, settled long ago unless told otherwise. */
  const reserve = (
    sale: { scheduleId: string; seatIds: string[]; reservationId?: string; withheldSeatIds?: string[] },
    status: ReservationOutcome['status'] = 'CONFIRMED',
    sinceSeconds = 2 * inFlightSeconds,
  ) => {
    const reservationId = sale.reservationId ?? newReservationId()
    reservations.books.set(reservationId, { ...sale, reservationId, status, sinceSeconds })
    return { ...sale, reservationId }
  }
  /** Marks seats here as nothing but a fault would, long ago unless told otherwise. */
  const mark = async (seatIds: string[], reservationId: string | null, secondsAgo = 2 * inFlightSeconds) => {
    const status = reservationId === null ? 'AVAILABLE' : 'SOLD'
    await db.updateTable('seats').set({ status, reservation_id: reservationId }).where('id', 'in', seatIds).execute()
    await service.backdateSeats(seatIds, secondsAgo)
  }
  /** A schedule with ten seats. */
  const schedule = async () => {
    const { scheduleId, eventId } = await makeEvent(service)
    const ids = (await seatsOf(service, scheduleId)).map((seat) => seat.id)
    return { scheduleId, eventId, seatIds: (...ordinals: number[]) => ordinals.map((ordinal) => String(ids[ordinal])) }
  }
  /** Whom each seat is sold to, in ordinal order. */
  const owners = async (scheduleId: string) =>
    (await seatsOf(service, scheduleId)).map((seat) => (seat.status === 'SOLD' ? seat.reservation_id : null))
  return { service, reservations, check, repair, reserve, mark, schedule, owners }
}
