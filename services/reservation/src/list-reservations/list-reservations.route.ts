import { type App, commonResponses, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { reservationAnswerSchema } from '../domain/describe-reservation.ts'
import { type ListReservationsDeps, listReservations } from './list-reservations.ts'

/** `GET /reservations` (RSV-009). */
export function listReservationsRoute(app: App, deps: ListReservationsDeps): void {
  app.get(
    '/reservations',
    {
      schema: {
        summary: 'My reservations, newest first',
        querystring: z.object({
          page: z.coerce.number().int().min(0).max(10_000).default(0),
          size: z.coerce.number().int().min(1).max(100).default(20),
        }),
        response: {
          200: z.object({
            list: z.array(reservationAnswerSchema),
            page: z.int(),
            size: z.int(),
            totalElements: z.int(),
          }),
          ...commonResponses,
        },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      return listReservations(deps, { userId, page: request.query.page, size: request.query.size })
    },
  )
}
