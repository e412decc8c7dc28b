import { jsonWebKeySetSchema } from '@ticket-queue/contracts/http/user'
import { type App, commonResponses } from '@ticket-queue/service-kit'
import { publicKeysOf, type SigningKeys } from '../domain/access-token.ts'

/** `GET /internal/keys`: what the gateway verifies access tokens with, and nothing it could sign with. */
export const publishKeysRoute = (app: App, deps: { readonly signingKeys: SigningKeys }): void => {
  const keys = publicKeysOf(deps.signingKeys)
  app.get(
    '/internal/keys',
    { schema: { tags: ['internal'], response: { ...commonResponses, 200: jsonWebKeySetSchema } } },
    async (_request, reply) => {
      reply.header('cache-control', 'max-age=300')
      return keys
    },
  )
}
