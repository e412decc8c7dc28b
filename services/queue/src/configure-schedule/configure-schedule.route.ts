import { idSchema } from '@ticket-queue/contracts/ids'
import { queueConfigSchema } from '@ticket-queue/lua/queue'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { errors } from '../errors.ts'
import { type ConfigureScheduleDeps, configureSchedule, readConfiguration } from './configure-schedule.ts'

const url = '/queue/admin/schedules/:scheduleId'
const params = z.object({ scheduleId: idSchema })
const response = { ...commonResponses, 200: queueConfigSchema }

/** `GET` and `PUT /queue/admin/schedules/{id}` */
export function configureScheduleRoutes(app: App, deps: ConfigureScheduleDeps): void {
  app.get(url, { schema: { tags: ['queue'], summary: 'How a queue is run', params, response } }, async (request) => {
    requireAdmin(request)
    const config = await readConfiguration(deps, request.params.scheduleId)
    if (config === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    return config
  })
  app.put(
    url,
    {
      schema: {
        tags: ['queue'],
        summary: 'Change how a queue is run; fields left out keep their value',
        params,
        body: z.strictObject(queueConfigSchema.partial().shape),
        response,
      },
    },
    async (request) => {
      const { userId } = requireAdmin(request)
      const { scheduleId } = request.params
      const changes = definedOnly(request.body)
      const config = await configureSchedule(deps, scheduleId, changes, userId)
      if (config === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
      request.log.info({ userId, scheduleId, changes }, 'queue configured')
      return config
    },
  )
}

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

const definedOnly = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>
