import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { tagged } from '../answer-body.ts'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { hallSchema } from '../domain/hall.ts'
import { venueSchema } from '../domain/venue.ts'
import { errors } from '../errors.ts'
import { readVenue } from './read-venue.ts'

const venueDetailSchema = venueSchema.extend({ halls: z.array(hallSchema.omit({ venueId: true })) })

/** GET /venues/{venueId} */
export function readVenueRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'A venue with its halls',
    params: z.object({ venueId: idSchema }),
    response: { 200: venueDetailSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/venues/:venueId', { schema }, async (request, reply) => {
    const venue = await readVenue(deps, request.params.venueId)
    if (venue === null) throw problem(errors, 'VENUE_NOT_FOUND')
    answerEntry(request, reply, tagged(venue))
    return reply
  })
}
