import { type App, commonResponses, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { paymentAnswerSchema } from '../domain/describe-payment.ts'
import { type ListPaymentsDeps, listPayments } from './list-payments.ts'

/** `GET /payments` (PAY-015). */
export function listPaymentsRoute(app: App, deps: ListPaymentsDeps): void {
  app.get(
    '/payments',
    {
      schema: {
        summary: 'My payments, newest first',
        querystring: z.object({
          page: z.coerce.number().int().min(0).max(10_000).default(0),
          size: z.coerce.number().int().min(1).max(100).default(20),
        }),
        response: {
          200: z.object({ list: z.array(paymentAnswerSchema), page: z.int(), size: z.int(), totalElements: z.int() }),
          ...commonResponses,
        },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      return listPayments(deps, { userId, page: request.query.page, size: request.query.size })
    },
  )
}
