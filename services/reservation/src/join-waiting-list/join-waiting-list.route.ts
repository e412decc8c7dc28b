import { gradeSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { entryAnswerSchema } from '../domain/describe-entry.ts'
import { seatsMax } from '../domain/held-seat.ts'
import { errors } from '../errors.ts'
import { type JoinWaitingListDeps, joinWaitingList } from './join-waiting-list.ts'

const bodySchema = z.object({
  scheduleId: idSchema,
  /** Absent or null: any. */
  grade: gradeSchema.nullable().default(null),
  count: z.int().min(1).max(seatsMax).default(1),
})

/** `POST /reservations/waiting-list`. Needs no queue token: the waiting room of a sold-out show is closed. */
export function joinWaitingListRoute(app: App, deps: JoinWaitingListDeps): void {
  app.post(
    '/reservations/waiting-list',
    {
      schema: {
        summary: 'Wait for seats of a sold-out schedule that come back',
        body: bodySchema,
        response: { 201: entryAnswerSchema, ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const outcome = await joinWaitingList(deps, { userId, ...request.body })
      if ('refused' in outcome) {
        const { refused, ...members } = outcome
        throw problem(errors, refused, members)
      }
      return reply.code(201).send(outcome)
    },
  )
}
