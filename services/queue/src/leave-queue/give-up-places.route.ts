import { giveUpPlacesSchema } from '@ticket-queue/contracts/http/queue'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { giveUpPlaces, type LeaveQueueDeps } from './leave-queue.ts'

/** `DELETE /internal/places`, for the user service: somebody has logged out everywhere. */
export function giveUpPlacesRoute(app: App, deps: LeaveQueueDeps): void {
  app.delete(
    '/internal/places',
    { schema: { body: giveUpPlacesSchema, response: { ...commonResponses, 204: z.undefined() } } },
    async (request, reply) => {
      await giveUpPlaces(deps, request.body.userId)
      return reply.code(204).send()
    },
  )
}
