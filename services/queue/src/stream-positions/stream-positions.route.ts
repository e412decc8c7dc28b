import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type AskPlaceDeps, askPlace } from '../ask-place.ts'
import { ticketSchema } from '../domain/place.ts'
import { errors } from '../errors.ts'
import { closedMark, markOf, readEventId } from './event-id.ts'
import type { Streams } from './streams.ts'

export interface StreamRouteDeps extends AskPlaceDeps {
  readonly streams: Streams
}

const fullRetrySeconds = '5'

/**
 * `GET /queue/stream`: the place as it changes, the token or the reason of the end, as server-sent events. It opens as a poll
 * would be answered, so that it refuses whom a poll refuses, and the first event is the present state. Who comes back after
 * the last event of a stream gets 204, which ends the reconnecting of an EventSource.
 */
export function streamPositionsRoute(app: App, deps: StreamRouteDeps): void {
  app.get(
    '/queue/stream',
    {
      schema: {
        tags: ['queue'],
        summary: 'Your place in a queue as it changes, as server-sent events: position, admitted, closed',
        querystring: z.object({ scheduleId: idSchema, ticket: ticketSchema.optional() }),
        headers: z.looseObject({
          'x-queue-ticket': ticketSchema.optional(),
          'last-event-id': z.string().optional(),
        }),
        response: {
          ...commonResponses,
          200: z.string().meta({ description: 'text/event-stream' }),
          204: z.undefined(),
        },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const { scheduleId, ticket = request.headers['x-queue-ticket'] } = request.query
      const last = readEventId(request.headers['last-event-id'])
      if (last.mark === closedMark('REPLACED')) return reply.code(204).send()
      if (!deps.streams.hasRoom()) throw fullProblem()

      const status = await askPlace(deps, { userId, scheduleId, ticket })
      if (status.kind === 'limited') {
        const seconds = String(Math.max(1, Math.ceil(status.retryAfterMs / 1_000)))
        throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': seconds } })
      }
      if (status.kind !== 'place') throw problem(errors, status.kind)
      if (last.mark !== null && last.mark === markOf(status.place)) return reply.code(204).send()
      if (!deps.streams.hasRoom()) throw fullProblem()

      reply.hijack()
      const { place } = status
      const headers = reply.getHeaders()
      deps.streams.open(reply.raw, { scheduleId, userId, place, sequence: last.sequence, headers })
      return reply
    },
  )
}

const fullProblem = () => problem(errors, 'STREAMS_FULL', { headers: { 'retry-after': fullRetrySeconds } })
