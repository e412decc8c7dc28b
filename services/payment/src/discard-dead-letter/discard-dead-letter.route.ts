import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerOrder } from '../answer-order.ts'
import { letterSchema } from '../domain/describe-dead-letter.ts'
import { type DiscardDeadLetterDeps, discardDeadLetter } from './discard-dead-letter.ts'

/** `POST /payments/admin/dead-letters/{id}/discard` (EVT-020): for what can never be applied and holds its key back. */
export function discardDeadLetterRoute(app: App, deps: DiscardDeadLetterDeps): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'Give a dead letter up for good, so that what waits behind it is applied',
    params: z.object({ letterId: idSchema }),
    body: z.object({ reason: z.string().trim().min(1).max(500) }),
    response: { 202: letterSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/payments/admin/dead-letters/:letterId/discard', { schema, onRequest }, async (request, reply) => {
    const { userId: orderedBy } = requireAdmin(request)
    const { letterId } = request.params
    const { reason } = request.body
    const outcome = await discardDeadLetter(deps, { letterId, orderedBy, reason, requestId: request.id })
    return reply.code(202).send(answerOrder(outcome))
  })
}
