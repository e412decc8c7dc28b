import { internalSeatsSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { tagged } from '../answer-body.ts'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { readInternalSeats } from './read-internal-seats.ts'

/** GET /internal/schedules/{scheduleId}/seats */
export function readInternalSeatsRoute(app: App, deps: Pick<Deps, 'db'>): void {
  const schema = {
    summary: 'The seat inventory of a schedule',
    params: z.object({ scheduleId: idSchema }),
    response: { 200: internalSeatsSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/internal/schedules/:scheduleId/seats', { schema }, async (request, reply) => {
    const seats = await readInternalSeats(deps, request.params.scheduleId)
    if (seats === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    answerEntry(request, reply, tagged(seats))
    return reply
  })
}
