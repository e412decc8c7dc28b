import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { deleteHall } from './delete-hall.ts'

/** DELETE /venues/{venueId}/halls/{hallId} */
export function deleteHallRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Take a hall that no show to come uses out of the catalogue',
    params: z.object({ venueId: idSchema, hallId: idSchema }),
    response: { 204: z.undefined(), ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.delete('/venues/:venueId/halls/:hallId', { schema, onRequest }, async (request, reply) => {
    const outcome = await deleteHall(deps, request.params)
    if (outcome !== 'deleted') throw problem(errors, outcome)
    return reply.code(204).send()
  })
}
