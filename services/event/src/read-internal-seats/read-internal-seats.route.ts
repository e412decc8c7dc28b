import { internalInventorySchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { tagged, withTag } from '../answer-body.ts'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { readInternalColumns, readInternalSeats } from './read-internal-seats.ts'

/** GET /internal/schedules/{scheduleId}/seats */
export function readInternalSeatsRoute(app: App, deps: Pick<Deps, 'db'>): void {
  const schema = {
    summary: 'The seat inventory of a schedule',
    params: z.object({ scheduleId: idSchema }),
    querystring: z.object({ format: z.enum(['full', 'columns']).default('full') }),
    response: { 200: internalInventorySchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/internal/schedules/:scheduleId/seats', { schema }, async (request, reply) => {
    const body = await readBody(deps, request.params.scheduleId, request.query.format)
    if (body === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    answerEntry(request, reply, body)
    return reply
  })
}

async function readBody(deps: Pick<Deps, 'db'>, scheduleId: string, format: 'full' | 'columns') {
  if (format === 'columns') {
    const text = await readInternalColumns(deps, scheduleId)
    return text === null ? null : withTag(text)
  }
  const seats = await readInternalSeats(deps, scheduleId)
  return seats === null ? null : tagged(seats)
}
