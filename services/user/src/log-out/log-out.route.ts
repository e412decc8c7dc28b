import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type LogOutDeps, logOut } from './log-out.ts'

/** `POST /auth/logout` */
export const logOutRoute = (app: App, deps: LogOutDeps): void => {
  app.post(
    '/auth/logout',
    {
      schema: { tags: ['auth'], security: [{ accessToken: [] }], response: { ...commonResponses, 204: z.undefined() } },
    },
    async (request, reply) => {
      const { userId, tokenId, tokenExpiresAt } = requireIdentity(request)
      if (tokenId === null || tokenExpiresAt === null) throw problem(errors, 'SESSION_ENDED')
      await logOut(deps, { userId, tokenId, tokenExpiresAt })
      reply.code(204)
    },
  )
}
