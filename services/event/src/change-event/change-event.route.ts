import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema, eventInputSchema } from '../domain/event-detail.ts'
import { eventOptionsChangeSchema } from '../domain/event-options.ts'
import { versionField } from '../domain/input-fields.ts'
import { errors } from '../errors.ts'
import { type ChangeEventInput, changeEvent } from './change-event.ts'

const { title, artist, posterUrl, venueId, hallId, prices, schedules } = eventInputSchema.shape
const changeSchema = z
  .strictObject({
    title: title.optional(),
    artist: artist.optional(),
    description: eventInputSchema.shape.description.unwrap().optional(),
    posterUrl,
    venueId: venueId.optional(),
    hallId: hallId.optional(),
    prices: prices.optional(),
    options: eventOptionsChangeSchema.optional(),
    version: versionField,
  })
  .refine(({ version: _version, ...change }) => Object.keys(change).length > 0, 'Give at least one field to change')

/** What is not given of the event itself gets its default; prices and schedules belong to the shows and stay. */
const replacementSchema = eventInputSchema.extend({
  prices: prices.optional(),
  schedules: schedules.optional(),
  version: versionField,
})

/** PATCH /events/{eventId} · PUT /events/{eventId} */
export function changeEventRoute(app: App, deps: Deps): void {
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  const schema = {
    tags: ['events'],
    params: z.object({ eventId: idSchema }),
    response: { 200: eventDetailSchema, ...commonResponses },
  }
  const answer = async (
    request: { id: string; identity: { userId: string } | null; params: { eventId: string } },
    input: ChangeEventInput,
  ) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const event = await changeEvent(deps, request.params.eventId, input, cause)
    if (!('refused' in event)) return event
    const { refused, ...members } = event
    throw problem(errors, refused, members)
  }
  const patched = { ...schema, summary: 'Change what is given of an event', body: changeSchema }
  app.patch('/events/:eventId', { schema: patched, onRequest }, (request) => answer(request, request.body))
  const put = { ...schema, summary: 'Replace an event, and its schedules if given', body: replacementSchema }
  app.put('/events/:eventId', { schema: put, onRequest }, (request) =>
    answer(request, { ...request.body, posterUrl: request.body.posterUrl ?? null }),
  )
}
