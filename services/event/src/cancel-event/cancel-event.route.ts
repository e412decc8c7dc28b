import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema } from '../domain/event-detail.ts'
import { textField } from '../domain/input-fields.ts'
import { errors } from '../errors.ts'
import { cancelEvent } from './cancel-event.ts'

const defaultReason = 'The event has been cancelled'

/** POST /events/{eventId}/cancel */
export function cancelEventRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Cancel an event and refund its reservations',
    params: z.object({ eventId: idSchema }),
    body: z.strictObject({ reason: textField(500).default(defaultReason) }).nullish(),
    response: { 200: eventDetailSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/events/:eventId/cancel', { schema, onRequest }, async (request) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const reason = request.body?.reason ?? defaultReason
    const event = await cancelEvent(deps, request.params.eventId, reason, cause)
    if ('refused' in event) throw problem(errors, event.refused)
    return event
  })
}
