import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type AskPlaceDeps, askPlace } from '../ask-place.ts'
import { placeSchema, ticketSchema } from '../domain/place.ts'
import { errors } from '../errors.ts'

/** `GET /queue/status?scheduleId` */
export function readStatusRoute(app: App, deps: AskPlaceDeps): void {
  app.get(
    '/queue/status',
    {
      schema: {
        tags: ['queue'],
        summary: 'Your place in a queue, and the reservation token once you are admitted',
        querystring: z.object({ scheduleId: idSchema, ticket: ticketSchema.optional() }),
        headers: z.object({ 'x-queue-ticket': ticketSchema.optional() }),
        response: { ...commonResponses, 200: placeSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const { scheduleId, ticket = request.headers['x-queue-ticket'] } = request.query
      const status = await askPlace(deps, { userId, scheduleId, ticket })
      if (status.kind === 'limited') {
        const seconds = String(Math.max(1, Math.ceil(status.retryAfterMs / 1_000)))
        throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': seconds } })
      }
      if (status.kind !== 'place') throw problem(errors, status.kind)
      reply.header('cache-control', 'no-store')
      return status.place
    },
  )
}
