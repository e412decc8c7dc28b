import { reservationOutcomeSchema } from '@ticket-queue/contracts/http/reservation'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import { errors } from '../errors.ts'
import type { Database } from '../store/database.ts'
import { readOutcome } from './read-outcome.ts'

/** GET /internal/reservations/{reservationId}/outcome */
export function readOutcomeRoute(app: App, deps: { db: Kysely<Database> }): void {
  const schema = {
    summary: 'What has become of a reservation, and since when',
    params: z.object({ reservationId: idSchema }),
    response: { 200: reservationOutcomeSchema, ...commonResponses },
  }
  app.get('/internal/reservations/:reservationId/outcome', { schema }, async (request) => {
    const outcome = await readOutcome(deps, request.params.reservationId)
    if (outcome === null) throw problem(errors, 'RESERVATION_NOT_FOUND')
    return outcome
  })
}
