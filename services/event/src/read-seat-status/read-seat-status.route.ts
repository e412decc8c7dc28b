import { internalSeatBitmapSchema, internalSeatStatusSchema } from '@ticket-queue/contracts/http/event'
import { idSchema } from '@ticket-queue/contracts/ids'
import { type App, commonResponses, problem } from '@ticket-queue/service-kit'
import { z } from 'zod'
import type { Deps } from '../dependencies.ts'
import { errors } from '../errors.ts'
import { readSeatBitmap, readSeatStatus } from './read-seat-status.ts'

/** GET /internal/seats/status/{scheduleId} */
export function readSeatStatusRoute(app: App, deps: Pick<Deps, 'db'>): void {
  const schema = {
    summary: 'Which seats of a schedule are sold',
    params: z.object({ scheduleId: idSchema }),
    querystring: z.object({ format: z.enum(['ids', 'bitmap']).default('ids') }),
    response: { 200: z.union([internalSeatStatusSchema, internalSeatBitmapSchema]), ...commonResponses },
  }
  app.get('/internal/seats/status/:scheduleId', { schema }, async (request) => {
    const read = request.query.format === 'bitmap' ? readSeatBitmap : readSeatStatus
    const status = await read(deps, request.params.scheduleId)
    if (status === null) throw problem(errors, 'SCHEDULE_NOT_FOUND')
    return status
  })
}
