import { internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { readInternalSchedule } from './read-internal-schedule.ts'

/** GET /internal/schedules/{scheduleId} */
export function readInternalScheduleRoute(app: App, deps: Pick<Deps, 'db'>): void {
  const schema = {
    summary: 'A schedule, judged now',
    params: z.object({ scheduleId: idSchema }),
    response: { 200: internalScheduleSchema, ...commonResponses },
  }
  app.get('/internal/schedules/:scheduleId', { schema }, async (request) => {
    const schedule = await readInternalSchedule(deps, request.params.scheduleId)
    if (schedule === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    return schedule
  })
}
