import { askStatusesSchema, type StatusPoll, toldStatusesSchema } from '@ticket-queue/contracts/http/queue'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { type AskPlaceDeps, askPlace } from '../ask-place.ts'
import { placeSchema } from '../domain/place.ts'

/** Room for the most polls with the longest tickets, each character of which may be written as six. */
const bodyLimit = 64 * 1_024

/** `POST /internal/statuses`: what `GET /queue/status` says to each of several people; null for who would be refused there. */
export function readStatusesRoute(app: App, deps: AskPlaceDeps): void {
  app.post(
    '/internal/statuses',
    { bodyLimit, schema: { body: askStatusesSchema, response: { ...commonResponses, 200: toldStatusesSchema } } },
    async (request) => ({ places: await Promise.all(request.body.polls.map((poll) => tell(deps, poll))) }),
  )
}

async function tell(deps: AskPlaceDeps, poll: StatusPoll): Promise<string | null> {
  const status = await askPlace(deps, poll).catch(() => null)
  return status?.kind === 'place' ? JSON.stringify(placeSchema.parse(status.place)) : null
}
