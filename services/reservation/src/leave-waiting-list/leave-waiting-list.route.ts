import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireIdentity } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type LeaveWaitingListDeps, leaveWaitingList } from './leave-waiting-list.ts'

/** `DELETE /reservations/waiting-list/{id}`: gives up the place, or declines what has been offered. */
export function leaveWaitingListRoute(app: App, deps: LeaveWaitingListDeps): void {
  app.delete(
    '/reservations/waiting-list/:entryId',
    {
      schema: {
        summary: 'Leave a waiting list, or decline its offer',
        params: z.object({ entryId: idSchema }),
        response: { 204: z.undefined(), ...commonResponses },
      },
    },
    async (request, reply) => {
      const { userId } = requireIdentity(request)
      const outcome = await leaveWaitingList(deps, { userId, entryId: request.params.entryId, requestId: request.id })
      if (outcome !== 'left') throw problem(errors, outcome)
      return reply.code(204).send()
    },
  )
}
