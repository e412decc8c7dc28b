import {
  confirmedSeatsSchema,
  type ReservationOutcome,
  reservationOutcomeSchema,
} from '@ticket-queue/contracts/http/reservation'
import { type CallService, problem, ServiceCallError } from '@ticket-queue/service-kit'
import { errors } from '../errors.ts'

/** What the reservation service says of seats (EVT-023). Both throw 503 SERVICE_UNAVAILABLE when it gives no usable answer. */
export type ReservationBooks = {
  /** Which reservation each seat of a schedule belongs to for good, by seat ID. */
  confirmed(scheduleId: string): Promise<Map<string, string>>
  /** What has become of a reservation, as of now; null for an unknown one. */
  outcome(reservationId: string): Promise<ReservationOutcome | null>
}

/** More than the largest hall has, however small the pages that come. */
const pagesMax = 1000

/** The books of the reservation service through its internal API. */
export const createReservationBooks = (reservation: CallService): ReservationBooks => ({
  async confirmed(scheduleId) {
    const owners = new Map<string, string>()
    let after = ''
    for (let page = 0; page < pagesMax; page += 1) {
      const path = `/internal/schedules/${scheduleId}/confirmed-seats${after}`
      const { seats, next } = await orUnavailable(reservation.get(path, confirmedSeatsSchema))
      for (const { seatId, reservationId } of seats) owners.set(seatId, reservationId)
      if (next === null) return owners
      after = `?after=${next}`
    }
    throw new Error(`the confirmed seats of ${scheduleId} had no end`)
  },
  async outcome(reservationId) {
    try {
      return await reservation.get(`/internal/reservations/${reservationId}/outcome`, reservationOutcomeSchema)
    } catch (error) {
      if (error instanceof ServiceCallError && error.code === 'RESERVATION_NOT_FOUND') return null
      throw unavailable(error)
    }
  },
})

const orUnavailable = <Found>(call: Promise<Found>): Promise<Found> =>
  call.catch((error: unknown) => {
    throw unavailable(error)
  })

const unavailable = (error: unknown) =>
  error instanceof ServiceCallError
    ? problem(errors, 'SERVICE_UNAVAILABLE', { headers: { 'retry-after': '1' }, cause: error })
    : error
