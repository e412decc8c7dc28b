import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerOrder } from '../answer-order.ts'
import { letterSchema } from '../domain/describe-dead-letter.ts'
import { type ReplayDeadLetterDeps, replayDeadLetter } from './replay-dead-letter.ts'

/** `POST /payments/admin/dead-letters/{id}/replay` (EVT-020): asking again while it is pending changes nothing. */
export function replayDeadLetterRoute(app: App, deps: ReplayDeadLetterDeps): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'Have a dead letter applied by its service, and then what waits behind it',
    params: z.object({ letterId: idSchema }),
    response: { 202: letterSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/payments/admin/dead-letters/:letterId/replay', { schema, onRequest }, async (request, reply) => {
    const { userId: orderedBy } = requireAdmin(request)
    const { letterId } = request.params
    const outcome = await replayDeadLetter(deps, { letterId, orderedBy })
    return reply.code(202).send(answerOrder(outcome))
  })
}
