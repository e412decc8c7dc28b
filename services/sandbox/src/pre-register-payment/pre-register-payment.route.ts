import type { App } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { currencySchema, paymentIdSchema, storeIdSchema, wonSchema } from '../domain/portone-input.ts'
import { refuse } from '../portone/answers.ts'
import { type PreRegisterDeps, preRegisterPayment } from './pre-register-payment.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.object({
  storeId: storeIdSchema,
  totalAmount: wonSchema.optional(),
  taxFreeAmount: wonSchema.optional(),
  currency: currencySchema.optional(),
})

/** POST /payments/{paymentId}/pre-register (사전 등록). */
export function preRegisterPaymentRoute(scope: App, deps: PreRegisterDeps): void {
  scope.post(
    '/payments/:paymentId/pre-register',
    { schema: { params: paramsSchema, body: bodySchema } },
    async (request, reply) => {
      const { storeId = deps.storeId, ...registration } = request.body
      if (storeId !== deps.storeId) return refuse(reply, 'FORBIDDEN')
      const result = preRegisterPayment(deps, request.params.paymentId, registration)
      return result === 'ALREADY_PAID' ? refuse(reply, result) : reply.send({})
    },
  )
}
