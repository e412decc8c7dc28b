import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { scheduleSummarySchema } from '../domain/event-detail.ts'
import { addedScheduleInputSchema } from '../domain/schedule-plan.ts'
import { errors } from '../errors.ts'
import { addSchedule } from './add-schedule.ts'

/** POST /events/{eventId}/schedules */
export function addScheduleRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Add a schedule with its seats',
    params: z.object({ eventId: idSchema }),
    body: addedScheduleInputSchema,
    response: { 201: scheduleSummarySchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/events/:eventId/schedules', { schema, onRequest }, async (request, reply) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const added = await addSchedule(deps, request.params.eventId, request.body, cause)
    if ('refused' in added) throw problem(errors, added.refused, 'errors' in added ? { errors: added.errors } : {})
    return reply.code(201).header('location', `/events/schedules/${added.id}`).send(added)
  })
}
