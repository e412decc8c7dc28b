import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ReleaseHoldDeps, releaseHold } from './release-hold.ts'

/** `DELETE /reservations/hold/{id}`: needs no queue token, so that a person whose turn is over can still give seats back. */
export function releaseHoldRoute(app: App, deps: ReleaseHoldDeps): void {
  app.delete(
    '/reservations/hold/:reservationId',
    {
      schema: {
        summary: 'Give held seats back',
        params: z.object({ reservationId: idSchema }),
        response: { 204: z.undefined(), ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const { reservationId } = request.params
      const outcome = await releaseHold(deps, { userId, reservationId, requestId: request.id })
      if (outcome !== 'released') throw problem(errors, outcome)
      return reply.code(204).send()
    },
  )
}
