import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { textField } from '../domain/input-fields.ts'
import { hallSeatsMax, seatTemplateInputSchema, seatTemplateSchema } from '../domain/seat-template.ts'
import { errors } from '../errors.ts'
import { type CreateHallRefusal, createHall } from './create-hall.ts'

const hallSchema = z.object({
  id: idSchema,
  venueId: idSchema,
  name: z.string(),
  capacity: z.int(),
  seatTemplate: seatTemplateSchema,
})

/** POST /venues/{venueId}/halls */
export function createHallRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['venues'],
    summary: 'Add a hall with its seat template',
    params: z.object({ venueId: idSchema }),
    body: z.strictObject({
      name: textField(100),
      capacity: z.int().min(1).max(hallSeatsMax),
      seatTemplate: seatTemplateInputSchema,
    }),
    response: { 201: hallSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/venues/:venueId/halls', { schema, onRequest }, async (request, reply) => {
    const hall = await createHall(deps, request.params.venueId, request.body)
    if ('refused' in hall) throw refusal(hall)
    return reply.code(201).send(hall)
  })
}

function refusal(hall: CreateHallRefusal) {
  if (hall.refused !== 'CAPACITY_MISMATCH') return problem(errors, hall.refused)
  const message = `The template has ${hall.seats} seats`
  return problem(errors, 'VALIDATION_FAILED', { errors: [{ path: 'capacity', code: 'CAPACITY_MISMATCH', message }] })
}
