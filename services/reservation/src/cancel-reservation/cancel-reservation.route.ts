import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type CancelReservationDeps, cancelReservation } from './cancel-reservation.ts'

const cancelledSchema = z.object({
  id: idSchema,
  status: z.literal('CANCELLED'),
  refundAmount: z.int(),
  fee: z.int(),
})

/** `DELETE /reservations/{id}` (RSV-006). Needs no queue token; `GET /reservations/{id}` tells the fee before. */
export function cancelReservationRoute(app: App, deps: CancelReservationDeps): void {
  app.delete(
    '/reservations/:reservationId',
    {
      schema: {
        summary: 'Give tickets back, or a hold',
        params: z.object({ reservationId: idSchema }),
        querystring: z.object({
          fee: z.coerce.number().int().min(0).optional().describe('The fee told before: a higher one is refused'),
        }),
        response: { 200: cancelledSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      const { reservationId } = request.params
      const outcome = await cancelReservation(deps, {
        userId,
        reservationId,
        requestId: request.id,
        feeAgreed: request.query.fee,
      })
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        throw problem(errors, refused, members)
      }
      return { id: reservationId, status: 'CANCELLED' as const, ...outcome }
    },
  )
}
