import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { deleteEvent } from './delete-event.ts'

/** DELETE /events/{eventId} */
export function deleteEventRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Take an event without reservations out of the catalogue',
    params: z.object({ eventId: idSchema }),
    querystring: z.object({ version: z.coerce.number().int().min(1).optional() }),
    response: { 204: z.undefined(), ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.delete('/events/:eventId', { schema, onRequest }, async (request, reply) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const outcome = await deleteEvent(deps, request.params.eventId, request.query, cause)
    if (!('refused' in outcome)) return reply.code(204).send()
    const { refused, ...members } = outcome
    throw problem(errors, refused, members)
  })
}
