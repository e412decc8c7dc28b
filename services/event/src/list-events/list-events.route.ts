import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { eventStatusSchema } from '../domain/event-detail.ts'
import { pageQuery, textField } from '../domain/input-fields.ts'
import { errors } from '../errors.ts'
import { sorts } from './find-event-page.ts'
import { listEvents } from './list-events.ts'

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

const firstDay = '1970-01-01'
const lastDay = '2199-12-31'
const day = z.iso.date().refine((text) => text >= firstDay && text <= lastDay, `From ${firstDay} to ${lastDay}`)
const querySchema = z
  .object({
    ...pageQuery,
    status: eventStatusSchema.optional(),
    city: textField(50).optional(),
    from: day.optional().describe('First day with a show, in Korea'),
    to: day.optional().describe('Last day with a show, in Korea'),
    q: textField(100).optional().describe('Words that title or artist contain'),
    sort: z.enum(sorts).default('recommended'),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
    path: ['to'],
    message: 'The last day must not be before the first',
  })

/** GET /events */
export function listEventsRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'The catalogue, page by page',
    querystring: querySchema,
    response: { 200: pageSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/events', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    if (request.query.status === 'PREPARING' && audience === 'public') throw preparingIsHidden()
    const page = await listEvents(deps, request.query, audience)
    answerEntry(request, reply, page, { audience })
    return reply
  })
}

const preparingIsHidden = () =>
  problem(errors, 'VALIDATION_FAILED', {
    errors: [{ path: 'status', code: 'INVALID_VALUE', message: 'Events in preparation are shown to administrators' }],
  })
