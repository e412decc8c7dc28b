import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { drawStateSchema } from '../draw-state.ts'
import { errors } from '../errors.ts'
import { type PublishDrawDeps, publishDraw } from './publish-draw.ts'

/** `POST /queue/admin/schedules/{id}/draw/publish` */
export function publishDrawRoute(app: App, deps: PublishDrawDeps): void {
  app.post(
    '/queue/admin/schedules/:scheduleId/draw/publish',
    {
      schema: {
        tags: ['queue'],
        summary: 'Publish seed, salt and roster of a draw, after the sale or by explicit will',
        params: z.object({ scheduleId: idSchema }),
        body: z.strictObject({ whileOnSale: z.boolean().default(false) }),
        response: { ...commonResponses, 200: drawStateSchema },
      },
    },
    async (request) => {
      const { userId } = requireAdmin(request)
      const { scheduleId } = request.params
      const done = await publishDraw(deps, { scheduleId, whileOnSale: request.body.whileOnSale, publishedBy: userId })
      if ('refused' in done) throw problem(errors, done.refused)
      request.log.info({ userId, scheduleId }, 'draw published')
      return done.state
    },
  )
}
