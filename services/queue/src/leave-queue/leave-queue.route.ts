import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type LeaveQueueDeps, leaveQueue } from './leave-queue.ts'

/** `DELETE /queue/leave?scheduleId` */
export function leaveQueueRoute(app: App, deps: LeaveQueueDeps): void {
  app.delete(
    '/queue/leave',
    {
      schema: {
        tags: ['queue'],
        summary: 'Give up your place, or leave the shop',
        querystring: z.object({ scheduleId: idSchema }),
        response: { ...commonResponses, 204: z.undefined() },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      await leaveQueue(deps, { userId, scheduleId: request.query.scheduleId })
      return reply.code(204).send()
    },
  )
}
