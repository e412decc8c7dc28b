import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { capacityErrors, hallInputSchema, hallSchema } from '../domain/hall.ts'
import { versionField } from '../domain/input-fields.ts'
import { errors } from '../errors.ts'
import { type ChangeHallInput, changeHall } from './change-hall.ts'

const replacementSchema = hallInputSchema.extend({ version: versionField })
const changeSchema = hallInputSchema
  .partial()
  .extend({ version: versionField })
  .refine(({ version: _version, ...change }) => Object.keys(change).length > 0, 'Give at least one field to change')

/** PATCH /venues/{venueId}/halls/{hallId} · PUT /venues/{venueId}/halls/{hallId} */
export function changeHallRoute(app: App, deps: Deps): void {
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  const schema = {
    tags: ['venues'],
    params: z.object({ venueId: idSchema, hallId: idSchema }),
    response: { 200: hallSchema, ...commonResponses },
  }
  const answer = async (place: { venueId: string; hallId: string }, input: ChangeHallInput) => {
    const hall = await changeHall(deps, place, input)
    if (!('refused' in hall)) return hall
    if (hall.refused === 'CAPACITY_MISMATCH') {
      throw problem(errors, 'VALIDATION_FAILED', { errors: capacityErrors(hall) })
    }
    const { refused, ...members } = hall
    throw problem(errors, refused, members)
  }
  const url = '/venues/:venueId/halls/:hallId'
  const patched = { ...schema, summary: 'Change what is given of a hall', body: changeSchema }
  app.patch(url, { schema: patched, onRequest }, (request) => answer(request.params, request.body))
  const put = { ...schema, summary: 'Replace a hall', body: replacementSchema }
  app.put(url, { schema: put, onRequest }, (request) => answer(request.params, request.body))
}
