import { type App, commonResponses } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { paymentIdSchema } from '../domain/portone-input.ts'
import { causeOf } from '../protocol/cause-of.ts'
import { type EndCancellationsDeps, endCancellations } from './end-cancellations.ts'

const paramsSchema = z.object({ paymentId: paymentIdSchema })
const bodySchema = z.strictObject({ outcome: z.enum(['SUCCEEDED', 'FAILED']) })
const answerSchema = z.object({ ended: z.int() })

/** POST /sandbox/payments/{paymentId}/end-cancellations: the card processor carries out what it had only taken, or refuses it. */
export function endCancellationsRoute(scope: App, deps: EndCancellationsDeps): void {
  scope.post(
    '/sandbox/payments/:paymentId/end-cancellations',
    { schema: { params: paramsSchema, body: bodySchema, response: { ...commonResponses, 200: answerSchema } } },
    async (request) => {
      const { outcome } = request.body
      return { ended: endCancellations(deps, request.params.paymentId, { outcome, cause: causeOf(request) }) }
    },
  )
}
