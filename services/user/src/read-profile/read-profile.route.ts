import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { profileSchema } from '../domain/profile.ts'
import { errors } from '../errors.ts'
import { type ReadProfileDeps, readProfile } from './read-profile.ts'

/** `GET /users/me` */
export const readProfileRoute = (app: App, deps: ReadProfileDeps): void => {
  app.get(
    '/users/me',
    {
      schema: {
        tags: ['users'],
        security: [{ accessToken: [] }],
        response: { ...commonResponses, 200: profileSchema },
      },
    },
    async (request, reply) => {
      const profile = await readProfile(deps, requireIdentity(request).userId)
      if (!profile) throw problem(errors, 'SESSION_ENDED')
      reply.header('cache-control', 'no-store')
      return { ...profile, createdAt: profile.createdAt.toISOString() }
    },
  )
}
