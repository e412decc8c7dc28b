import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerOrder } from '../answer-order.ts'
import { letterSchema } from '../domain/describe-dead-letter.ts'
import { type CancelDeadLetterOrderDeps, cancelDeadLetterOrder } from './cancel-dead-letter-order.ts'

/** `DELETE /payments/admin/dead-letters/{id}/order` (EVT-020): as long as the order has not been carried out. */
export function cancelDeadLetterOrderRoute(app: App, deps: CancelDeadLetterOrderDeps): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'Take back what has been ordered for a dead letter, so that something else can be ordered',
    params: z.object({ letterId: idSchema }),
    response: { 200: letterSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.delete('/payments/admin/dead-letters/:letterId/order', { schema, onRequest }, async (request, reply) => {
    const { userId: cancelledBy } = requireAdmin(request)
    const { letterId } = request.params
    return reply.send(answerOrder(await cancelDeadLetterOrder(deps, { letterId, cancelledBy })))
  })
}
