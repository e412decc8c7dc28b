import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { versionField } from '../domain/input-fields.ts'
import { venueInputSchema, venueSchema } from '../domain/venue.ts'
import { errors } from '../errors.ts'
import { type ChangeVenueInput, changeVenue } from './change-venue.ts'

const replacementSchema = venueInputSchema.extend({ version: versionField })
const changeSchema = venueInputSchema
  .partial()
  .extend({ version: versionField })
  .refine(({ version: _version, ...change }) => Object.keys(change).length > 0, 'Give at least one field to change')

/** PATCH /venues/{venueId} · PUT /venues/{venueId} */
export function changeVenueRoute(app: App, deps: Deps): void {
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  const schema = {
    tags: ['venues'],
    params: z.object({ venueId: idSchema }),
    response: { 200: venueSchema, ...commonResponses },
  }
  const answer = async (venueId: string, input: ChangeVenueInput) => {
    const venue = await changeVenue(deps, venueId, input)
    if (!('refused' in venue)) return venue
    const { refused, ...members } = venue
    throw problem(errors, refused, members)
  }
  const patched = { ...schema, summary: 'Change what is given of a venue', body: changeSchema }
  app.patch('/venues/:venueId', { schema: patched, onRequest }, (request) =>
    answer(request.params.venueId, request.body),
  )
  const put = { ...schema, summary: 'Replace a venue', body: replacementSchema }
  app.put('/venues/:venueId', { schema: put, onRequest }, (request) => answer(request.params.venueId, request.body))
}
