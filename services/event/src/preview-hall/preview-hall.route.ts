import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { grades } from '../domain/grades.ts'
import { seatTemplateInputSchema } from '../domain/seat-template-input.ts'
import { errors } from '../errors.ts'
import { previewHall } from './preview-hall.ts'

const byGrade = z.partialRecord(z.enum(grades), z.int())
const previewSchema = z.object({
  seats: z.int(),
  byGrade,
  bySection: z.array(z.object({ section: z.string(), rows: z.int(), seats: z.int(), byGrade })),
  accessible: z.int(),
  companions: z.int(),
  restrictedView: z.int(),
  /** In seat widths. */
  bounds: z.object({ minX: z.number(), minY: z.number(), maxX: z.number(), maxY: z.number() }),
  problems: z.array(z.object({ code: z.literal('SEATS_OVERLAP'), message: z.string(), seats: z.array(z.string()) })),
})

/** POST /venues/{venueId}/halls/preview?format=json|svg */
export function previewHallRoute(app: App, deps: Pick<Deps, 'db'>): void {
  const schema = {
    tags: ['venues'],
    summary: 'See what a seat template gives before a hall takes it; format=svg draws it',
    params: z.object({ venueId: idSchema }),
    querystring: z.object({ format: z.enum(['json', 'svg']).default('json') }),
    body: z.strictObject({ seatTemplate: seatTemplateInputSchema }),
    response: { 200: previewSchema.or(z.string()), ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/venues/:venueId/halls/preview', { schema, onRequest }, async (request, reply) => {
    const shown = await previewHall(deps, request.params.venueId, request.body.seatTemplate)
    if (shown === null) throw problem(errors, 'VENUE_NOT_FOUND')
    if (request.query.format === 'json') return shown.preview
    return reply.type('image/svg+xml; charset=utf-8').send(shown.svg())
  })
}
