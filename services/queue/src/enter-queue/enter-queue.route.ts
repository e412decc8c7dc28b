import { problemSchema } from '@ticket-queue/contracts/errors'
import { idSchema } from '@ticket-queue/contracts/ids'
import { proofChallengeSchema, proofSchema } from '@ticket-queue/contracts/proof-of-work'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { placeSchema, ticketSchema } from '../domain/place.ts'
import { errors } from '../errors.ts'
import { type EnterQueueDeps, enterQueue } from './enter-queue.ts'

const fullRetrySeconds = 10

const proofRequiredSchema = problemSchema
  .extend(proofChallengeSchema.shape)
  .meta({ id: 'ProofRequired', description: 'PROOF_REQUIRED: enter again with the answer to `challenge` as `proof`' })

/** `POST /queue/enter` */
export function enterQueueRoute(app: App, deps: EnterQueueDeps): void {
  app.post(
    '/queue/enter',
    {
      schema: {
        tags: ['queue'],
        summary: 'Take a place in the queue of a schedule',
        body: z.object({ scheduleId: idSchema, ticket: ticketSchema.optional(), proof: proofSchema.optional() }),
        response: { ...commonResponses, 200: placeSchema, 403: proofRequiredSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const entered = await enterQueue(deps, { ...request.body, userId, address: request.ip })
      reply.header('cache-control', 'no-store')
      if (entered.kind === 'place') return entered.place
      if (entered.kind === 'limited') {
        const seconds = String(Math.max(1, Math.ceil(entered.retryAfterMs / 1_000)))
        throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': seconds } })
      }
      if (entered.kind === 'QUEUE_FULL') {
        throw problem(errors, 'QUEUE_FULL', { headers: { 'retry-after': String(fullRetrySeconds) } })
      }
      const { kind, ...members } = entered
      throw problem(errors, kind, members)
    },
  )
}
