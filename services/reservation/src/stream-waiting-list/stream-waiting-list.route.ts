import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import type { PlaceStreams } from './place-streams.ts'

const fullRetrySeconds = '5'

/**
 * `GET /reservations/waiting-list/stream`: my places in waiting lists whenever one of them changes, as server-sent events, so that an offer
 * reaches its owner within two seconds. The first event is how things are, unless `Last-Event-ID` says that it is known. It ends with the
 * access token, or soon after the log-out.
 */
export function streamWaitingListRoute(app: App, deps: { readonly streams: PlaceStreams }): void {
  app.get(
    '/reservations/waiting-list/stream',
    {
      schema: {
        summary: 'My places in waiting lists as they change, as server-sent events: places',
        headers: z.looseObject({ 'last-event-id': z.string().max(100).optional() }),
        response: { ...commonResponses, 200: z.string().meta({ description: 'text/event-stream' }) },
      },
    },
    async (request, reply) => {
      const { userId, tokenId, tokenExpiresAt } = requireIdentity(request)
      if (!deps.streams.hasRoom(userId)) {
        throw problem(errors, 'STREAMS_FULL', { headers: { 'retry-after': fullRetrySeconds } })
      }
      reply.hijack()
      const told = request.headers['last-event-id'] ?? null
      const token = tokenId === null || tokenExpiresAt === null ? null : { jti: tokenId, expiresAt: tokenExpiresAt }
      deps.streams.open(reply.raw, { userId, token, told, headers: reply.getHeaders() })
      return reply
    },
  )
}
