import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ReadSeatStatesDeps, readSeatBits, readSeatStates } from './read-seat-states.ts'

const counts = z.object({ total: z.int(), available: z.int(), sold: z.int(), hold: z.int() })
const listed = z.object({
  scheduleId: z.uuid(),
  version: z.string(),
  seats: counts,
  sold: z.array(z.uuid()),
  hold: z.array(z.uuid()),
})
const packed = z.object({
  scheduleId: z.uuid(),
  version: z.string(),
  seats: counts,
  sold: z.base64(),
  hold: z.base64(),
})

/** `GET /reservations/seats/{scheduleId}` (RSV-003): seat IDs, or bit sets with `?format=bitmap`; 304 while nothing changed. */
export function readSeatStatesRoute(app: App, deps: ReadSeatStatesDeps): void {
  app.get(
    '/reservations/seats/:scheduleId',
    {
      schema: {
        summary: 'Live state of the seats of a schedule',
        params: z.object({ scheduleId: z.uuid() }),
        querystring: z.object({ format: z.enum(['list', 'bitmap']).default('list') }),
        headers: z.object({
          'x-queue-token': z.string().max(200).optional(),
          'if-none-match': z.string().max(200).optional(),
        }),
        response: { 200: z.union([listed, packed]), 304: z.undefined(), ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const read = request.query.format === 'bitmap' ? readSeatBits : readSeatStates
      const states = await read(deps, {
        userId,
        queueToken: request.headers['x-queue-token'],
        scheduleId: request.params.scheduleId,
      })
      if (!states) throw problem(errors, 'SCHEDULE_NOT_FOUND')
      const etag = `"${states.version}-${request.query.format}"`
      reply.header('etag', etag).header('cache-control', 'private, no-cache')
      if (request.headers['if-none-match'] === etag) return reply.code(304).send()
      return reply.send(states)
    },
  )
}
