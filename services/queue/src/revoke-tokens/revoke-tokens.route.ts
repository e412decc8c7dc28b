import { revokeTokensSchema } from '@ticket-queue/contracts/http/queue'
import { revokeTokens } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'

/** `DELETE /internal/tokens`: ends the stay of a user in a schedule, or of several, so that the next ones may come in. Safe to repeat. */
export function revokeTokensRoute(app: App, deps: { readonly redis: RedisClient }): void {
  app.delete(
    '/internal/tokens',
    { schema: { body: revokeTokensSchema, response: { ...commonResponses, 204: z.undefined() } } },
    async (request, reply) => {
      const { body } = request
      await Promise.all(('people' in body ? body.people : [body]).map((one) => revokeTokens(deps.redis, one)))
      return reply.code(204).send()
    },
  )
}
