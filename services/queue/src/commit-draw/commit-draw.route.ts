import { idSchema } from '@ticket-queue/contracts/ids'
import { beaconSchema, drawAnnouncementSchema, writeCanonical } from '@ticket-queue/draw'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type CommitDrawDeps, commitDraw } from './commit-draw.ts'

/** `POST /queue/admin/schedules/{id}/draw` */
export function commitDrawRoute(app: App, deps: CommitDrawDeps): void {
  app.post(
    '/queue/admin/schedules/:scheduleId/draw',
    {
      schema: {
        tags: ['queue'],
        summary:
          'Give a sale a pre-queue whose order is drawn at its start; the answer is to be published as announcement.json',
        params: z.object({ scheduleId: idSchema }),
        body: z.strictObject({
          opensAt: z.iso.datetime({ offset: true }),
          beacon: beaconSchema.nullable().default(null),
        }),
        response: { ...commonResponses, 201: drawAnnouncementSchema },
      },
    },
    async (request, reply) => {
      const { userId } = requireAdmin(request)
      const { scheduleId } = request.params
      const { opensAt, beacon } = request.body
      const committed = await commitDraw(deps, { scheduleId, opensAt: new Date(opensAt), beacon, committedBy: userId })
      if ('refused' in committed) {
        const { refused, ...members } = committed
        throw problem(errors, refused, members)
      }
      request.log.info({ userId, scheduleId, commitment: committed.announcement.commitment }, 'draw committed to')
      reply.code(201).type('application/json; charset=utf-8')
      return writeCanonical(committed.announcement) as never
    },
  )
}
