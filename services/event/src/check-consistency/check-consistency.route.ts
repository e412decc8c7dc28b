import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { BooksDeps } from '../consistency/compare-books.ts'
import { differenceSchema } from '../consistency/differences.ts'
import { errors } from '../errors.ts'
import { checkConsistency } from './check-consistency.ts'

const reportSchema = z.object({
  scheduleId: idSchema,
  sold: z.int().describe('Seats SOLD here'),
  confirmed: z.int().describe('Seats of confirmed reservations'),
  missing: z.int(),
  extra: z.int(),
  otherOwner: z.int(),
  unknownSeat: z.int().describe('Confirmed seats that the schedule does not have: for a person to decide'),
  differences: z.array(differenceSchema),
  complete: z.boolean().describe('False: there is more than one report looks at'),
})

/** GET /events/admin/consistency/{scheduleId} */
export function checkConsistencyRoute(app: App, deps: BooksDeps): void {
  const schema = {
    tags: ['events'],
    summary: 'Seats that the event and the reservation service see differently',
    params: z.object({ scheduleId: idSchema }),
    response: { 200: reportSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.get('/events/admin/consistency/:scheduleId', { schema, onRequest }, async (request, reply) => {
    const report = await checkConsistency(deps, request.params.scheduleId)
    if (report === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    return reply.header('cache-control', 'private, no-store').send(report)
  })
}
