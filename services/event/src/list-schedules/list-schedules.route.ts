import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { scheduleSummarySchema } from '../domain/event-detail.ts'
import { errors } from '../errors.ts'
import { listSchedules } from './list-schedules.ts'

/** GET /events/{eventId}/schedules */
export function listSchedulesRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'The schedules of an event',
    params: z.object({ eventId: idSchema }),
    response: { 200: z.array(scheduleSummarySchema), 304: z.undefined(), ...commonResponses },
  }
  app.get('/events/:eventId/schedules', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    const schedules = await listSchedules(deps, request.params.eventId, audience)
    if (schedules === null) throw problem(errors, 'EVENT_NOT_FOUND')
    answerEntry(request, reply, schedules, { audience })
    return reply
  })
}
