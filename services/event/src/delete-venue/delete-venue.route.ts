import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { deleteVenue } from './delete-venue.ts'

/** DELETE /venues/{venueId} */
export function deleteVenueRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Take a venue without halls out of the catalogue',
    params: z.object({ venueId: idSchema }),
    response: { 204: z.undefined(), ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.delete('/venues/:venueId', { schema, onRequest }, async (request, reply) => {
    const outcome = await deleteVenue(deps, request.params.venueId)
    if (outcome !== 'deleted') throw problem(errors, outcome)
    return reply.code(204).send()
  })
}
