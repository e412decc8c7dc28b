import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { deviceOf } from '../domain/device.ts'
import { emailSchema, recaptchaTokenSchema, tokensSchema, triedPasswordSchema } from '../domain/input.ts'
import { errors } from '../errors.ts'
import { type LogInDeps, logIn } from './log-in.ts'

const bodySchema = z.object({
  email: emailSchema,
  password: triedPasswordSchema,
  recaptchaToken: recaptchaTokenSchema,
})

const responses = { ...commonResponses, 423: commonResponses[409], 200: tokensSchema }

/** `POST /auth/login` */
export const logInRoute = (app: App, deps: LogInDeps): void => {
  app.post(
    '/auth/login',
    { schema: { tags: ['auth'], security: [], body: bodySchema, response: responses } },
    async (request, reply) => {
      const result = await logIn(deps, { ...request.body, device: deviceOf(request) })
      if (result.kind === 'refused') throw problem(errors, result.code)
      if (result.kind === 'locked') {
        throw problem(errors, 'LOCKED', { headers: { 'retry-after': String(result.retryAfterSeconds) } })
      }
      reply.header('cache-control', 'no-store')
      const { accessToken, refreshToken, expiresInSeconds } = result
      return { accessToken, refreshToken, expiresIn: expiresInSeconds, tokenType: 'Bearer' as const }
    },
  )
}
