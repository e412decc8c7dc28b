import { idSchema } from '@ticket-queue/contracts/ids'
import type { ReadQueueToken } from '@ticket-queue/lua/queue'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { checkQueueToken } from '../check-queue-token.ts'
import { errors } from '../errors.ts'
import type { LiveSeats } from '../states/live-seats.ts'
import { closedId, type SeatStreams } from './seat-streams.ts'

export interface StreamRouteDeps {
  readonly readQueueToken: ReadQueueToken
  readonly liveSeats: LiveSeats
  readonly streams: SeatStreams
}

const fullRetrySeconds = '5'

/**
 * `GET /reservations/seats/{scheduleId}/stream` (RSV-003): the state of the seats and then each change, as server-sent
 * events. It refuses whom `GET /reservations/seats/{scheduleId}` refuses. The first event is the whole state as bit sets, or
 * what has changed since the version in `Last-Event-ID` (or `?since=`). Whose stream was replaced gets 204 on coming back,
 * which ends the reconnecting of an EventSource.
 */
export function streamSeatStatesRoute(app: App, deps: StreamRouteDeps): void {
  app.get(
    '/reservations/seats/:scheduleId/stream',
    {
      schema: {
        summary: 'The seats of a schedule as they change, as server-sent events: seats, changes, closed',
        params: z.object({ scheduleId: idSchema }),
        querystring: z.object({ since: z.string().max(100).optional() }),
        headers: z.looseObject({
          'x-queue-token': z.string().max(200).optional(),
          'last-event-id': z.string().max(100).optional(),
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
      const { scheduleId } = request.params
      const { 'x-queue-token': queueToken = '', 'last-event-id': lastId } = request.headers
      if (lastId === closedId('REPLACED')) return reply.code(204).send()
      const since = lastId ?? request.query.since ?? null
      await checkQueueToken(deps.readQueueToken, { token: queueToken, userId, scheduleId })
      if (!deps.streams.hasRoom()) throw fullProblem()
      const board = await deps.liveSeats.of(scheduleId)
      if (board === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
      await board.picture(since)
      if (!deps.streams.hasRoom()) throw fullProblem()

      reply.hijack()
      const headers = reply.getHeaders()
      deps.streams.open(reply.raw, { board, scheduleId, userId, queueToken, since, headers })
      return reply
    },
  )
}

const fullProblem = () => problem(errors, 'STREAMS_FULL', { headers: { 'retry-after': fullRetrySeconds } })
