import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { emailSchema, nameSchema, newPasswordSchema, phoneSchema, recaptchaTokenSchema } from '../domain/input.ts'
import type { ConsentProblem } from '../domain/terms.ts'
import { errors } from '../errors.ts'
import { type SignUpDeps, signUp } from './sign-up.ts'

const bodySchema = z.object({
  email: emailSchema,
  password: newPasswordSchema,
  name: nameSchema,
  phone: phoneSchema,
  identityVerificationId: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  recaptchaToken: recaptchaTokenSchema,
  consents: z.array(z.object({ termsId: z.string().min(1).max(64), version: z.int().positive() })).max(20),
})

const answerSchema = z.object({ id: idSchema, email: z.string(), name: z.string() })

const consentMessages: Record<ConsentProblem['code'], string> = {
  MISSING: 'This consent is required.',
  OUTDATED: 'This is not the version in force: read the terms again.',
  UNKNOWN: 'There are no such terms.',
  REPEATED: 'Each consent is given once.',
}

/** `POST /auth/signup` */
export const signUpRoute = (app: App, deps: SignUpDeps): void => {
  app.post(
    '/auth/signup',
    { schema: { tags: ['auth'], security: [], body: bodySchema, response: { ...commonResponses, 201: answerSchema } } },
    async (request, reply) => {
      const result = await signUp(deps, request.body)
      if (result.kind === 'consentsRefused')
        throw problem(errors, 'CONSENT_INVALID', { errors: fieldsOf(result.problems) })
      if (result.kind === 'refused') throw problem(errors, result.code)
      reply.code(201)
      return { id: result.id, email: result.email, name: result.name }
    },
  )
}

const fieldsOf = (problems: readonly ConsentProblem[]) =>
  problems.map(({ termsId, code }) => ({ path: `consents.${termsId}`, code, message: consentMessages[code] }))
