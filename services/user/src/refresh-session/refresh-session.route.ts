import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { deviceOf } from '../domain/device.ts'
import { tokensSchema } from '../domain/input.ts'
import { errors } from '../errors.ts'
import { type RefreshSessionDeps, refreshSession } from './refresh-session.ts'

const bodySchema = z.object({ refreshToken: z.string().min(1).max(512) })

/** `POST /auth/refresh` */
export const refreshSessionRoute = (app: App, deps: RefreshSessionDeps): void => {
  app.post(
    '/auth/refresh',
    { schema: { tags: ['auth'], security: [], body: bodySchema, response: { ...commonResponses, 200: tokensSchema } } },
    async (request, reply) => {
      const result = await refreshSession(deps, { ...request.body, device: deviceOf(request) })
      if (result.kind === 'refused') throw problem(errors, result.code)
      reply.header('cache-control', 'no-store')
      const { accessToken, refreshToken, expiresInSeconds } = result
      return { accessToken, refreshToken, expiresIn: expiresInSeconds, tokenType: 'Bearer' as const }
    },
  )
}
