import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { storeIdSchema } from '../domain/portone-input.ts'
import { errors } from '../errors.ts'
import { refuse } from '../portone/answers.ts'
import { findVerification, type VerifyIdentityDeps, verifyIdentity } from './verify-identity.ts'

const secret = z.string().min(1).max(200).nullable().optional()
const bodySchema = z.strictObject({
  identityVerificationId: z.string().min(1).max(100).optional(),
  status: z.enum(['VERIFIED', 'READY', 'FAILED']).default('VERIFIED'),
  name: z.string().min(1).max(100),
  phone: z.string().regex(/^[\d+() -]{7,20}$/),
  birthDate: z.iso.date(),
  gender: z.enum(['MALE', 'FEMALE', 'OTHER']).default('OTHER'),
  operator: z.enum(['SKT', 'KT', 'LGU', 'SKT_MVNO', 'KT_MVNO', 'LGU_MVNO']).default('SKT'),
  isForeigner: z.boolean().default(false),
  ci: secret,
  di: secret,
})
const answerSchema = z.object({ identityVerificationId: z.string() })

/** POST /sandbox/identity-verifications: a person goes through the verification window. */
export function verifyIdentityRoute(scope: App, deps: VerifyIdentityDeps): void {
  scope.post(
    '/sandbox/identity-verifications',
    { schema: { body: bodySchema, response: { ...commonResponses, 201: answerSchema } } },
    async (request, reply) => {
      const result = verifyIdentity(deps, request.body)
      if ('refused' in result) throw problem(errors, result.refused)
      return reply.code(201).send(result)
    },
  )
}

const one = {
  params: z.object({ identityVerificationId: z.string().min(1).max(100) }),
  querystring: z.object({ storeId: storeIdSchema }),
}

/** GET /identity-verifications/{identityVerificationId} (본인인증 단건 조회). */
export function findVerificationRoute(scope: App, deps: VerifyIdentityDeps): void {
  scope.get('/identity-verifications/:identityVerificationId', { schema: one }, async (request, reply) => {
    if ((request.query.storeId ?? deps.storeId) !== deps.storeId) return refuse(reply, 'FORBIDDEN')
    const verification = findVerification(deps, request.params.identityVerificationId)
    return verification ? reply.send(verification) : refuse(reply, 'IDENTITY_VERIFICATION_NOT_FOUND')
  })
}
