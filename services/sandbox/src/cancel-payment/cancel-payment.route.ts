import type { App } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { cancellationEntity } from '../domain/payment-entity.ts'
import { paymentIdSchema, storeIdSchema, wonSchema } from '../domain/portone-input.ts'
import { refuse } from '../portone/answers.ts'
import { causeOf } from '../protocol/cause-of.ts'
import { type CancelDeps, cancelPayment } from './cancel-payment.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.object({
  storeId: storeIdSchema,
  amount: z.int().min(1).optional(),
  taxFreeAmount: wonSchema.optional(),
  vatAmount: wonSchema.optional(),
  reason: z.string().min(1).max(1000),
  requester: z.enum(['CUSTOMER', 'ADMIN']).optional(),
  promotionDiscountRetainOption: z.enum(['RETAIN', 'RELEASE']).optional(),
  currentCancellableAmount: wonSchema.optional(),
  refundAccount: z
    .object({
      bank: z.string(),
      number: z.string(),
      holderName: z.string(),
      holderPhoneNumber: z.string().optional(),
    })
    .optional(),
  refundEmail: z.string().optional(),
  skipWebhook: z.boolean().optional(),
})

/** POST /payments/{paymentId}/cancel (결제 취소). */
export function cancelPaymentRoute(scope: App, deps: CancelDeps): void {
  scope.post(
    '/payments/:paymentId/cancel',
    { schema: { params: paramsSchema, body: bodySchema } },
    async (request, reply) => {
      const { storeId = deps.storeId, ...input } = request.body
      if (storeId !== deps.storeId) return refuse(reply, 'FORBIDDEN')
      const result = cancelPayment(deps, request.params.paymentId, input, causeOf(request))
      if ('refused' in result) return refuse(reply, result.refused)
      return reply.send({ cancellation: cancellationEntity(result.cancellation) })
    },
  )
}
