import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema } from '../domain/event-detail.ts'
import { errors } from '../errors.ts'
import { publishEvent } from './publish-event.ts'

/** POST /events/{eventId}/publish */
export function publishEventRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Show an event to everybody',
    params: z.object({ eventId: idSchema }),
    response: { 200: eventDetailSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/events/:eventId/publish', { schema, onRequest }, async (request) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const event = await publishEvent(deps, request.params.eventId, cause)
    if ('refused' in event) throw problem(errors, event.refused)
    return event
  })
}
