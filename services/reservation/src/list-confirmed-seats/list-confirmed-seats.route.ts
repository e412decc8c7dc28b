import { confirmedSeatsMax, confirmedSeatsSchema } from '@ticket-queue/contracts/http/reservation'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../store/database.ts'
import { listConfirmedSeats } from './list-confirmed-seats.ts'

/** GET /internal/schedules/{scheduleId}/confirmed-seats */
export function listConfirmedSeatsRoute(app: App, deps: { db: Kysely<Database> }): void {
  const schema = {
    summary: 'The seats of a schedule that belong to somebody for good',
    params: z.object({ scheduleId: idSchema }),
    querystring: z.object({
      after: idSchema.optional(),
      limit: z.coerce.number().int().min(1).max(confirmedSeatsMax).default(confirmedSeatsMax),
    }),
    response: { 200: confirmedSeatsSchema, ...commonResponses },
  }
  app.get('/internal/schedules/:scheduleId/confirmed-seats', { schema }, (request) =>
    listConfirmedSeats(deps, { scheduleId: request.params.scheduleId, ...request.query }),
  )
}
