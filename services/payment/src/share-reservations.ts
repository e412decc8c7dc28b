import {
  type BeganPayment,
  type BeginPayment,
  beganPaymentSchema,
  beganPaymentsSchema,
  type InternalReservation,
  internalReservationSchema,
  internalReservationsSchema,
  reservationsMax,
} from '@ticket-queue/contracts/http/reservation'
import { groupWork, type InGroup, isConnectionError } from '@ticket-queue/database'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'

interface Asked {
  readonly reservationId: string
  readonly requestId: string
}

export interface AskReservation {
  /** The reservation as it is now; null where there is none. */
  readonly read: InGroup<Asked, InternalReservation | null>
  /** Pins the reservation for a payment, or says why not. */
  readonly begin: InGroup<Asked & BeginPayment, BeganPayment>
}

/**
 * Asks the reservation service for all who come to the same question while the last call runs (decision 0025), under the request ID of
 * the first; who is alone asks alone. Both calls reject with a ServiceCallError where no usable answer has come: then it may or may not have been done.
 */
export function shareReservations(reservation: CallService): AskReservation {
  const limits = { itemsMax: reservationsMax, isForAll: isUnreachable }
  const read = groupWork(async (asked: readonly Asked[]) => {
    const [first] = asked
    if (first && asked.length === 1) return [await readOne(reservation, first)]
    const body = { reservationIds: asked.map(({ reservationId }) => reservationId) }
    const answer = await reservation.post('/internal/reservations/read', internalReservationsSchema, ask(first, body))
    return answer.reservations
  }, limits)
  const begin = groupWork(async (asked: readonly (Asked & BeginPayment)[]) => {
    const [first] = asked
    if (first && asked.length === 1) return [await beginOne(reservation, first)]
    const body = { payments: asked.map(({ requestId: _, ...payment }) => payment) }
    const answer = await reservation.post(
      '/internal/reservations/begin-payments',
      beganPaymentsSchema,
      ask(first, body),
    )
    return answer.began
  }, limits)
  return {
    read: (asked) => read(asked).catch(asUnreachable),
    // Taking seats back for late money asks others and waits for them: nobody else's answer may depend on it.
    begin: (asked) => (asked.captured ? beginOne(reservation, asked) : begin(asked).catch(asUnreachable)),
  }
}

const isUnreachable = (error: unknown) => error instanceof ServiceCallError && error.unreachable

/** Who has waited for too long for a call to begin is no better off than who got no answer. */
function asUnreachable(error: unknown): never {
  if (!isConnectionError(error)) throw error
  throw new ServiceCallError('the reservation service is asked too much', { unreachable: true, cause: error })
}

const ask = (first: Asked | undefined, body: unknown) => ({ body, ...(first && { requestId: first.requestId }) })

async function readOne(reservation: CallService, { reservationId, requestId }: Asked) {
  try {
    const path = `/internal/reservations/${reservationId}`
    return await reservation.get(path, internalReservationSchema, { requestId })
  } catch (error) {
    if (error instanceof ServiceCallError && error.code === 'RESERVATION_NOT_FOUND') return null
    throw error
  }
}

const beginOne = (reservation: CallService, { reservationId, requestId, ...payment }: Asked & BeginPayment) =>
  reservation.post(`/internal/reservations/${reservationId}/begin-payment`, beganPaymentSchema, {
    requestId,
    body: payment,
  })
