import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { textField, versionField } from '../domain/input-fields.ts'
import { scheduleDetailSchema } from '../domain/schedule-detail.ts'
import { pricesSchema, scheduleFields } from '../domain/schedule-plan.ts'
import { errors } from '../errors.ts'
import { changeSchedule } from './change-schedule.ts'

const changeSchema = scheduleFields
  .partial()
  .extend({ prices: pricesSchema.optional(), announcement: textField(1000).optional(), version: versionField })
  .refine(({ version: _version, ...change }) => Object.keys(change).length > 0, 'Give at least one field to change')

/** PATCH /events/schedules/{scheduleId} */
export function changeScheduleRoute(app: App, deps: Deps): void {
  const schema = {
    tags: ['events'],
    summary: 'Change times, sequence number or prices of a schedule',
    params: z.object({ scheduleId: idSchema }),
    body: changeSchema,
    response: { 200: scheduleDetailSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.patch('/events/schedules/:scheduleId', { schema, onRequest }, async (request) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const schedule = await changeSchedule(deps, request.params.scheduleId, request.body, cause)
    if (!('refused' in schedule)) return schedule
    const { refused, ...members } = schedule
    throw problem(errors, refused, members)
  })
}
