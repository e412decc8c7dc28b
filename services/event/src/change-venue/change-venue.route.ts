import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { venueInputSchema, venueSchema } from '../domain/venue.ts'
import { errors } from '../errors.ts'
import { changeVenue } from './change-venue.ts'

const changeSchema = venueInputSchema
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'Give at least one field to change')

/** PATCH /venues/{venueId} */
export function changeVenueRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Change a venue',
    params: z.object({ venueId: idSchema }),
    body: changeSchema,
    response: { 200: venueSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.patch('/venues/:venueId', { schema, onRequest }, async (request) => {
    const venue = await changeVenue(deps, request.params.venueId, request.body)
    if (venue === null) throw problem(errors, 'VENUE_NOT_FOUND')
    return venue
  })
}
