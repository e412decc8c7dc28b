import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema } from '../domain/event-detail.ts'
import { errors } from '../errors.ts'
import { readEvent } from './read-event.ts'

/** GET /events/{eventId} */
export function readEventRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'An event with its schedules and prices',
    params: z.object({ eventId: idSchema }),
    response: { 200: eventDetailSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/events/:eventId', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    const event = await readEvent(deps, request.params.eventId, audience)
    if (event === null) throw problem(errors, 'EVENT_NOT_FOUND')
    answerEntry(request, reply, event, { audience })
    return reply
  })
}
