import type { App } from '@ticket-queue/service-kit'
import type { FastifyError } from 'fastify'
import { z } from 'zod'
import { type VerifyCaptchaDeps, verifyCaptcha } from './verify-captcha.ts'

const formSchema = z
  .object({ secret: z.string().max(500).optional(), response: z.string().max(8000).optional() })
  .prefault({})

/** POST /recaptcha/api/siteverify. */
export function verifyCaptchaRoute(scope: App, deps: VerifyCaptchaDeps): void {
  scope.setErrorHandler((error: FastifyError, _request, reply) => {
    if ((error.statusCode ?? 500) >= 500) throw error
    return reply.code(200).send({ success: false, 'error-codes': ['bad-request'] })
  })
  scope.post('/recaptcha/api/siteverify', { schema: { body: formSchema } }, async (request) =>
    verifyCaptcha(deps, request.body),
  )
}
