import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { paymentAnswerSchema } from '../domain/describe-payment.ts'
import { errors } from '../errors.ts'
import { type ReadPaymentDeps, readPayment } from './read-payment.ts'

/** `GET /payments/{id}` (PAY-014): the payer's own; anybody else's is as unknown as one that never was. */
export function readPaymentRoute(app: App, deps: ReadPaymentDeps): void {
  app.get(
    '/payments/:paymentId',
    {
      schema: {
        summary: 'One of my payments',
        params: z.object({ paymentId: idSchema }),
        response: { 200: paymentAnswerSchema, ...commonResponses },
      },
    },
    async (request) => {
      const { userId } = requireIdentity(request)
      const found = await readPayment(deps, { userId, paymentId: request.params.paymentId })
      if (!found) throw problem(errors, 'PAYMENT_NOT_FOUND')
      return found
    },
  )
}
