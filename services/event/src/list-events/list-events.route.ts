import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry, withTag } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { eventStatusSchema } from '../domain/event-detail.ts'
import { pageQuery, textField } from '../domain/input-fields.ts'
import { errors } from '../errors.ts'
import { listEvents, sorts } from './list-events.ts'

const time = z.iso.datetime({ offset: true }).nullable()
const pageSchema = z.object({
  list: z.array(
    z.object({
      id: idSchema,
      title: z.string(),
      artist: z.string(),
      venueName: z.string(),
      city: z.string(),
      startDate: time,
      endDate: time,
      status: eventStatusSchema,
      posterUrl: z.string().nullable(),
      minPrice: z.int().nullable(),
      maxPrice: z.int().nullable(),
    }),
  ),
  page: z.int(),
  size: z.int(),
  totalElements: z.int(),
})

/** GET /events */
export function listEventsRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'The catalogue, page by page',
    querystring: z.object({
      ...pageQuery,
      status: eventStatusSchema.optional(),
      city: textField(50).optional(),
      q: textField(100).optional(),
      sort: z.enum(sorts).default('recommended'),
    }),
    response: { 200: pageSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/events', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    if (request.query.status === 'PREPARING' && audience === 'public') throw preparingIsHidden()
    const page = await listEvents(deps, request.query, audience)
    answerEntry(request, reply, withTag(page), audience)
    return reply
  })
}

const preparingIsHidden = () =>
  problem(errors, 'VALIDATION_FAILED', {
    errors: [{ path: 'status', code: 'INVALID_VALUE', message: 'Events in preparation are shown to administrators' }],
  })
