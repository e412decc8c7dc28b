import { revokeTokensSchema } from '@ticket-queue/contracts/http/queue'
import { revokeTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'

/** `DELETE /internal/tokens`: ends a user's stay in a schedule, so that the next one may come in. Safe to repeat. */
export function revokeTokensRoute(app: App, deps: { readonly redis: RedisClient }): void {
  app.delete(
    '/internal/tokens',
    { schema: { body: revokeTokensSchema, response: { ...commonResponses, 204: z.undefined() } } },
    async (request, reply) => {
      await revokeTokens(deps.redis, request.body)
      return reply.code(204).send()
    },
  )
}
