import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, identityOf, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { answerEntry } from '../answer-entry.ts'
import type { Deps } from '../dependencies.ts'
import { scheduleDetailSchema } from '../domain/schedule-detail.ts'
import { errors } from '../errors.ts'
import { readSchedule } from './read-schedule.ts'

/** GET /events/schedules/{scheduleId} */
export function readScheduleRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'A schedule with its event, place and prices',
    params: z.object({ scheduleId: idSchema }),
    response: { 200: scheduleDetailSchema, 304: z.undefined(), ...commonResponses },
  }
  app.get('/events/schedules/:scheduleId', { schema }, async (request, reply) => {
    const audience = identityOf(request)?.role === 'ADMIN' ? 'admin' : 'public'
    const schedule = await readSchedule(deps, request.params.scheduleId, audience)
    if (schedule === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    answerEntry(request, reply, schedule, { audience })
    return reply
  })
}
