import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { tagged } from '../answer-body.ts'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { pageQuery, textField } from '../domain/input-fields.ts'
import { venueSchema } from '../domain/venue.ts'
import { listVenues } from './list-venues.ts'

const pageSchema = z.object({
  list: z.array(venueSchema),
  page: z.int(),
  size: z.int(),
  totalElements: z.int(),
})

/** GET /venues */
export function listVenuesRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Venues by name',
    querystring: z.object({ ...pageQuery, city: textField(50).optional(), q: textField(100).optional() }),
    response: { 200: pageSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/venues', { schema }, async (request, reply) => {
    answerEntry(request, reply, tagged(await listVenues(deps, request.query)))
    return reply
  })
}
