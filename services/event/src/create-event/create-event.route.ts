import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema, eventInputSchema } from '../domain/event-detail.ts'
import { errors } from '../errors.ts'
import { createEvent } from './create-event.ts'

/** POST /events */
export function createEventRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Create an event with its schedules and seats',
    body: eventInputSchema,
    response: { 201: eventDetailSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/events', { schema, onRequest }, async (request, reply) => {
    const event = await createEvent(deps, request.body)
    if ('refused' in event) throw problem(errors, event.refused, 'errors' in event ? { errors: event.errors } : {})
    return reply.code(201).header('location', `/events/${event.id}`).send(event)
  })
}
