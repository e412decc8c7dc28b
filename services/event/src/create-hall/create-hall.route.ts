import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { capacityErrors, hallInputSchema, hallSchema } from '../domain/hall.ts'
import { errors } from '../errors.ts'
import { createHall } from './create-hall.ts'

/** POST /venues/{venueId}/halls */
export function createHallRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Add a hall with its seat template',
    params: z.object({ venueId: idSchema }),
    body: hallInputSchema,
    response: { 201: hallSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/venues/:venueId/halls', { schema, onRequest }, async (request, reply) => {
    const hall = await createHall(deps, request.params.venueId, request.body)
    if (!('refused' in hall))
      return reply.code(201).header('location', `/venues/${hall.venueId}/halls/${hall.id}`).send(hall)
    if (hall.refused !== 'CAPACITY_MISMATCH') throw problem(errors, hall.refused)
    throw problem(errors, 'VALIDATION_FAILED', { errors: capacityErrors(hall) })
  })
}
