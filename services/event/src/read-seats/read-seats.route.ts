import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry } from '../answer-entry.ts'
import { compactSeatMapSchema, seatMapSchema } from '../domain/seat-map.ts'
import { errors } from '../errors.ts'
import type { SeatMaps } from './read-seats.ts'

/** GET /events/schedules/{scheduleId}/seats */
export function readSeatsRoute(app: App, seatMaps: SeatMaps): void {
  const schema = {
    tags: ['events'],
    summary: 'The seats of a schedule by grade, with prices and what is sold',
    params: z.object({ scheduleId: idSchema }),
    querystring: z.object({ format: z.enum(['full', 'compact']).default('full') }),
    response: { 200: z.union([seatMapSchema, compactSeatMapSchema]), 304: z.undefined(), ...commonResponses },
  }
  app.get('/events/schedules/:scheduleId/seats', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    const map = await seatMaps.read(request.params.scheduleId, request.query.format, audience)
    if (map === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    answerEntry(request, reply, map, { audience, gatewayFreshMs: 0 })
    return reply
  })
}
