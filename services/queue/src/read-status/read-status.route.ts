import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { placeSchema } from '../domain/place.ts'
import { errors } from '../errors.ts'
import { type ReadStatusDeps, readStatus } from './read-status.ts'

/** `GET /queue/status?scheduleId` */
export function readStatusRoute(app: App, deps: ReadStatusDeps): void {
  app.get(
    '/queue/status',
    {
      schema: {
        tags: ['queue'],
        summary: 'Your place in a queue, and the reservation token once you are admitted',
        querystring: z.object({ scheduleId: z.uuid() }),
        response: { ...commonResponses, 200: placeSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const status = await readStatus(deps, { userId, scheduleId: request.query.scheduleId })
      if (status.kind === 'limited') {
        const seconds = String(Math.max(1, Math.ceil(status.retryAfterMs / 1_000)))
        throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': seconds } })
      }
      if (status.kind === 'NOT_QUEUED') throw problem(errors, 'NOT_QUEUED')
      reply.header('cache-control', 'no-store')
      return status.place
    },
  )
}
