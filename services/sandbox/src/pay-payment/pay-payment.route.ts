import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { customerSchema } from '../domain/payment.ts'
import { currencySchema, paymentIdSchema, wonSchema } from '../domain/portone-input.ts'
import { errors } from '../errors.ts'
import { causeOf } from '../protocol/cause-of.ts'
import { type PayDeps, payPayment } from './pay-payment.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.strictObject({
  outcome: z.enum(['PAID', 'FAILED', 'CLOSED', 'PAY_PENDING']),
  totalAmount: wonSchema.optional(),
  taxFreeAmount: wonSchema.optional(),
  currency: currencySchema.optional(),
  confirm: z.enum(['AUTO', 'MANUAL']).optional(),
  channelType: z.enum(['TEST', 'LIVE']).optional(),
  channelKey: z.string().min(1).max(200).optional(),
  orderName: z.string().min(1).max(200).optional(),
  customer: customerSchema.optional(),
  customData: z.string().max(2000).optional(),
  noticeUrls: z
    .array(z.url({ protocol: /^https?$/ }))
    .max(4)
    .optional(),
  at: z.iso.datetime({ offset: true }).optional(),
})
const answerSchema = z.object({
  transactionId: z.string(),
  paymentToken: z.string().optional(),
  code: z.string().optional(),
  message: z.string().optional(),
})

/** POST /sandbox/payments/{paymentId}/pay: the buyer finishes the payment window. */
export function payPaymentRoute(scope: App, deps: PayDeps): void {
  scope.post(
    '/sandbox/payments/:paymentId/pay',
    { schema: { params: paramsSchema, body: bodySchema, response: { ...commonResponses, 200: answerSchema } } },
    async (request) => {
      const answer = payPayment(deps, request.params.paymentId, request.body, causeOf(request))
      if ('refused' in answer) throw problem(errors, answer.refused)
      return answer.result
    },
  )
}
