import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem, requireAdmin } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { differenceSchema } from '../consistency/differences.ts'
import { errors } from '../errors.ts'
import { type RepairDeps, repairConsistency } from './repair-consistency.ts'

const repairSchema = z.object({
  scheduleId: idSchema,
  changes: z.array(
    z.object({
      change: z.enum(['SOLD', 'FREED']),
      seatId: idSchema,
      seatNumber: z.string(),
      reservationId: idSchema,
    }),
  ),
  left: z.array(differenceSchema).describe('What still differs: under way, or not to be decided here'),
  complete: z.boolean().describe('False: there is more than one repair looks at; call again'),
})

/** POST /events/admin/consistency/{scheduleId}/repair */
export function repairConsistencyRoute(app: App, deps: RepairDeps): void {
  const schema = {
    tags: ['events'],
    summary: 'Make the seats agree with the reservations',
    params: z.object({ scheduleId: idSchema }),
    response: { 200: repairSchema, ...commonResponses },
  }
  const onRequest = async (request: Parameters<typeof requireAdmin>[0]) => void requireAdmin(request)
  app.post('/events/admin/consistency/:scheduleId/repair', { schema, onRequest }, async (request) => {
    const cause = { correlationId: request.id, userId: request.identity?.userId ?? null }
    const repaired = await repairConsistency(deps, request.params.scheduleId, cause)
    if (repaired === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    return repaired
  })
}
