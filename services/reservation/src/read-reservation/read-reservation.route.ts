import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { reservationAnswerSchema } from '../domain/describe-reservation.ts'
import { errors } from '../errors.ts'
import { type ReadReservationDeps, readReservation } from './read-reservation.ts'

/** `GET /reservations/{id}` (RSV-010): the owner's own; anybody else's is as unknown as one that never was. */
export function readReservationRoute(app: App, deps: ReadReservationDeps): void {
  app.get(
    '/reservations/:reservationId',
    {
      schema: {
        summary: 'One of my reservations',
        params: z.object({ reservationId: idSchema }),
        response: { 200: reservationAnswerSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      const found = await readReservation(deps, { userId, reservationId: request.params.reservationId })
      if (!found) throw problem(errors, 'RESERVATION_NOT_FOUND')
      return found
    },
  )
}
