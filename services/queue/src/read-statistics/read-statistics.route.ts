import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type ReadStatisticsDeps, readStatistics } from './read-statistics.ts'

const statisticsSchema = z.object({
  schedules: z.array(
    z.object({
      scheduleId: idSchema,
      waiting: z.int().nonnegative(),
      active: z.int().nonnegative(),
      tps: z.number().nonnegative(),
    }),
  ),
})

/** `GET /queue/admin/stats` */
export function readStatisticsRoute(app: App, deps: ReadStatisticsDeps): void {
  app.get(
    '/queue/admin/stats',
    {
      schema: {
        tags: ['queue'],
        summary: 'How many wait, are inside and are admitted per second, by schedule',
        querystring: z.object({ scheduleId: idSchema.optional() }),
        response: { ...commonResponses, 200: statisticsSchema },
      },
    },
    async (request) => {
      requireAdmin(request)
      return { schedules: await readStatistics(deps, request.query.scheduleId) }
    },
  )
}
