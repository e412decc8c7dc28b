import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { letterSchema } from '../domain/describe-dead-letter.ts'
import { errors } from '../errors.ts'
import { type ReadDeadLetterDeps, readDeadLetter } from './read-dead-letter.ts'

const time = z.iso.datetime({ offset: true })

const wholeSchema = letterSchema.extend({
  value: z.string().nullable(),
  valueEncoding: z.enum(['utf8', 'base64']),
  headers: z.record(z.string(), z.string()),
  orders: z
    .array(
      z.object({
        action: z.enum(['REPLAY', 'DISCARD']),
        reason: z.string().nullable(),
        orderedBy: idSchema,
        orderedAt: time,
        carriedOutAt: time.nullable(),
        outcome: z.enum(['DONE', 'FAILED', 'CANCELLED']).nullable(),
        cancelledBy: idSchema.nullable(),
        error: z.string().nullable(),
      }),
    )
    .describe('What operators have ordered, the last first'),
})

/** `GET /payments/admin/dead-letters/{id}` (EVT-020). */
export function readDeadLetterRoute(app: App, deps: ReadDeadLetterDeps): void {
  const schema = {
    tags: ['dead letters'],
    summary: 'One dead letter, whole',
    params: z.object({ letterId: idSchema }),
    response: { 200: wholeSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.get('/payments/admin/dead-letters/:letterId', { schema, onRequest }, async (request, reply) => {
    const letter = await readDeadLetter(deps, request.params.letterId)
    if (letter === null) throw problem(errors, 'DEAD_LETTER_NOT_FOUND')
    return reply.header('cache-control', 'private, no-store').send(letter)
  })
}
