import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { letterSchema, letterStatuses } from '../domain/describe-dead-letter.ts'
import { type ListDeadLettersDeps, listDeadLetters } from './list-dead-letters.ts'

const name = z.string().regex(/^[\w.-]{1,200}$/)

/** `GET /payments/admin/dead-letters` (EVT-020). */
export function listDeadLettersRoute(app: App, deps: ListDeadLettersDeps): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'Messages of every service that could not be applied or published, newest first',
    querystring: z.object({
      consumerGroup: name.optional(),
      eventType: name.optional(),
      topic: name.optional(),
      status: z.enum(letterStatuses).optional(),
      page: z.coerce.number().int().min(0).max(10_000).default(0),
      size: z.coerce.number().int().min(1).max(100).default(20),
    }),
    response: {
      200: z.object({ list: z.array(letterSchema), page: z.int(), size: z.int(), totalElements: z.int() }),
      ...commonResponses,
    },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.get('/payments/admin/dead-letters', { schema, onRequest }, async (request, reply) => {
    const { page, size, ...filter } = request.query
    return reply.header('cache-control', 'private, no-store').send(await listDeadLetters(deps, filter, { page, size }))
  })
}
