import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { z } from 'zod'
import type { Database } from '../store/database.ts'
import { replayDeadLetters } from './replay-dead-letters.ts'

const name = z.string().regex(/^[\w.-]{1,200}$/)

const bodySchema = z
  .object({
    consumerGroup: name.optional(),
    eventType: name.optional(),
    topic: name.optional(),
    limit: z.int().min(1).max(1000).default(100),
  })
  .refine(({ consumerGroup, eventType, topic }) => consumerGroup ?? eventType ?? topic, {
    message: 'say of which kind: consumerGroup, eventType or topic',
  })

/** `POST /payments/admin/dead-letters/replay` (EVT-020). */
export function replayDeadLettersRoute(app: App, deps: { readonly db: Kysely<Database> }): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'Have the oldest open dead letters of a kind applied; call again while some are left',
    body: bodySchema,
    response: {
      202: z.object({
        ordered: z.int().describe('Ordered now'),
        left: z.int().describe('Open letters of the kind without an order'),
      }),
      ...commonResponses,
    },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/payments/admin/dead-letters/replay', { schema, onRequest }, async (request, reply) => {
    const { limit, ...kind } = request.body
    const { userId: orderedBy } = requireAdmin(request)
    return reply.code(202).send(await replayDeadLetters(deps, kind, { orderedBy, limit }))
  })
}
