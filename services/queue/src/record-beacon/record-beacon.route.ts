import { idSchema } from '@ticket-queue/contracts/ids'
import { beaconValueSchema } from '@ticket-queue/draw'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { drawStateSchema } from '../draw-state.ts'
import { errors } from '../errors.ts'
import { type RecordBeaconDeps, recordBeacon } from './record-beacon.ts'

/** `POST /queue/admin/schedules/{id}/draw/beacon` */
export function recordBeaconRoute(app: App, deps: RecordBeaconDeps): void {
  app.post(
    '/queue/admin/schedules/:scheduleId/draw/beacon',
    {
      schema: {
        tags: ['queue'],
        summary: 'Tell the value of the beacon that a draw awaits: its order is known from then on',
        params: z.object({ scheduleId: idSchema }),
        body: z.strictObject({ value: beaconValueSchema }),
        response: { ...commonResponses, 200: drawStateSchema },
      },
    },
    async (request) => {
      const { userId } = requireAdmin(request)
      const { scheduleId } = request.params
      const done = await recordBeacon(deps, { scheduleId, value: request.body.value, recordedBy: userId })
      if ('refused' in done) throw problem(errors, done.refused)
      request.log.info({ userId, scheduleId }, 'beacon recorded')
      return done.state
    },
  )
}
