import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import type { LeaveQueue } from './leave-queue.ts'
import { type LogOutDeps, logOut } from './log-out.ts'

/** `POST /auth/logout` */
export const logOutRoute = (app: App, deps: LogOutDeps & { readonly leaveQueue: LeaveQueue }): void => {
  app.post(
    '/auth/logout',
    {
      schema: { tags: ['auth'], security: [{ accessToken: [] }], response: { ...commonResponses, 204: z.undefined() } },
    },
    async (request, reply) => {
      const { userId, tokenId, tokenExpiresAt } = requireIdentity(request)
      if (tokenId === null || tokenExpiresAt === null) throw problem(errors, 'SESSION_ENDED')
      const { isEverywhere } = await logOut(deps, { userId, tokenId, tokenExpiresAt })
      if (isEverywhere) await deps.leaveQueue(userId)
      reply.code(204)
    },
  )
}
