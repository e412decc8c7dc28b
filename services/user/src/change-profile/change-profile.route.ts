import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { nameSchema, phoneSchema } from '../domain/input.ts'
import { profileSchema } from '../domain/profile.ts'
import { errors } from '../errors.ts'
import { type ChangeProfileDeps, changeProfile } from './change-profile.ts'

const bodySchema = z
  .object({ name: nameSchema.optional(), phone: phoneSchema.optional() })
  .refine(({ name, phone }) => name !== undefined || phone !== undefined, 'Give name or phone.')

const responses = { ...commonResponses, 200: profileSchema }

/** `PATCH /users/me` */
export const changeProfileRoute = (app: App, deps: ChangeProfileDeps): void => {
  app.patch(
    '/users/me',
    { schema: { tags: ['users'], security: [{ accessToken: [] }], body: bodySchema, response: responses } },
    async (request) => {
      const profile = await changeProfile(deps, requireIdentity(request).userId, request.body)
      if (!profile) throw problem(errors, 'SESSION_ENDED')
      return { ...profile, createdAt: profile.createdAt.toISOString() }
    },
  )
}
