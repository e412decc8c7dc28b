import type { App } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { currencySchema, paymentIdSchema, storeIdSchema, wonSchema } from '../domain/portone-input.ts'
import { refuse } from '../portone/answers.ts'
import { causeOf } from '../protocol/cause-of.ts'
import { type ConfirmDeps, confirmPayment } from './confirm-payment.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.object({
  storeId: storeIdSchema,
  paymentToken: z.string().min(1).max(500),
  txId: z.string().max(200).optional(),
  currency: currencySchema.optional(),
  totalAmount: wonSchema.optional(),
  taxFreeAmount: wonSchema.optional(),
  isTest: z.boolean().optional(),
  skipWebhook: z.boolean().optional(),
})

/** POST /payments/{paymentId}/confirm (수동 승인). */
export function confirmPaymentRoute(scope: App, deps: ConfirmDeps): void {
  scope.post(
    '/payments/:paymentId/confirm',
    { schema: { params: paramsSchema, body: bodySchema } },
    async (request, reply) => {
      const { storeId = deps.storeId, ...rest } = request.body
      if (storeId !== deps.storeId) return refuse(reply, 'FORBIDDEN')
      const result = confirmPayment(deps, request.params.paymentId, rest, causeOf(request))
      return 'refused' in result ? refuse(reply, result.refused) : reply.send(result)
    },
  )
}
