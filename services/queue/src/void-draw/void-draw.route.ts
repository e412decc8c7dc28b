import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { drawStateSchema } from '../draw-state.ts'
import { errors } from '../errors.ts'
import { type VoidDrawDeps, voidDraw } from './void-draw.ts'

/** `POST /queue/admin/schedules/{id}/draw/void` */
export function voidDrawRoute(app: App, deps: VoidDrawDeps): void {
  app.post(
    '/queue/admin/schedules/:scheduleId/draw/void',
    {
      schema: {
        tags: ['queue'],
        summary: 'Give up a draw whose order nobody knows yet, with a reason for the public',
        params: z.object({ scheduleId: idSchema }),
        body: z.strictObject({ reason: z.string().trim().min(1).max(500) }),
        response: { ...commonResponses, 200: drawStateSchema },
      },
    },
    async (request) => {
      const { userId } = requireAdmin(request)
      const { scheduleId } = request.params
      const done = await voidDraw(deps, { scheduleId, reason: request.body.reason, voidedBy: userId })
      if ('refused' in done) throw problem(errors, done.refused)
      request.log.info({ userId, scheduleId }, 'draw given up')
      return done.state
    },
  )
}
