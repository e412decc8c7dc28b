import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { oauthUserSchema } from '../domain/book-event.ts'
import { errors } from '../errors.ts'
import { type AddUserDeps, addOauthUser } from './add-oauth-user.ts'

const word = z.string().min(1).max(200)
const bodySchema = z
  .strictObject({
    provider: z.enum(['kakao', 'naver', 'google']),
    id: word.optional(),
    email: z.email().max(320).optional(),
    emailVerified: z.boolean().default(true),
    name: word.default('김샌드'),
    nickname: word.default('fan'),
    phone: word.optional(),
    birthyear: z
      .string()
      .regex(/^\d{4}$/)
      .optional(),
    birthday: z
      .string()
      .regex(/^\d{2}-\d{2}$/)
      .optional(),
    gender: z.enum(['F', 'M', 'U']).default('U'),
  })
  .refine((user) => user.provider !== 'kakao' || user.id === undefined || /^[1-9]\d{0,14}$/.test(user.id), {
    path: ['id'],
    message: 'Kakao numbers its users',
  })

/** POST /sandbox/oauth-users: a person who can sign in with one provider. */
export function addOauthUserRoute(scope: App, deps: AddUserDeps): void {
  scope.post(
    '/sandbox/oauth-users',
    { schema: { body: bodySchema, response: { ...commonResponses, 201: oauthUserSchema } } },
    async (request, reply) => {
      const result = addOauthUser(deps, request.body)
      if ('refused' in result) throw problem(errors, result.refused)
      return reply.code(201).send(result)
    },
  )
}
