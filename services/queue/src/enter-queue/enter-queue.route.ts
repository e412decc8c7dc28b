import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { placeSchema, ticketSchema } from '../domain/place.ts'
import { errors } from '../errors.ts'
import { type EnterQueueDeps, enterQueue } from './enter-queue.ts'

const fullRetrySeconds = 10

/** `POST /queue/enter` */
export function enterQueueRoute(app: App, deps: EnterQueueDeps): void {
  app.post(
    '/queue/enter',
    {
      schema: {
        tags: ['queue'],
        summary: 'Take a place in the queue of a schedule',
        body: z.object({ scheduleId: idSchema, ticket: ticketSchema.optional() }),
        response: { ...commonResponses, 200: placeSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const entered = await enterQueue(deps, { ...request.body, userId })
      if (entered.kind === 'QUEUE_FULL') {
        throw problem(errors, 'QUEUE_FULL', { headers: { 'retry-after': String(fullRetrySeconds) } })
      }
      if (entered.kind !== 'place') {
        const { kind, ...members } = entered
        throw problem(errors, kind, members)
      }
      reply.header('cache-control', 'no-store')
      return entered.place
    },
  )
}
