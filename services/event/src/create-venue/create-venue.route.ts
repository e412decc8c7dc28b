import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import type { Deps } from '../dependencies.ts'
import { venueInputSchema, venueSchema } from '../domain/venue.ts'
import { createVenue } from './create-venue.ts'

/** POST /venues */
export function createVenueRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Add a venue',
    body: venueInputSchema,
    response: { 201: venueSchema, ...commonResponses },
  }
  app.post('/venues', { schema, onRequest: async (request) => void requireAdmin(request) }, async (request, reply) => {
    const venue = await createVenue(deps, request.body)
    return reply.code(201).header('location', `/venues/${venue.id}`).send(venue)
  })
}
