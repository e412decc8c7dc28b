import type { InternalSeatBitmap, InternalSeatStatus } from '@ticket-queue/contracts/http/event'
import { sql } from 'kysely'
import type { Deps } from '../dependencies.ts'
import { toBitSet } from '../domain/bit-set.ts'
import { seatsTotal } from '../store/schedule-facts.ts'

type Sold = { layoutVersion: number; seatsTotal: number; ids: string[]; ordinals: number[] }

/** Gives the IDs of the sold seats of a schedule in ordinal order (RSV-003), or null if there is no such schedule. */
export async function readSeatStatus(deps: Pick<Deps, 'db'>, scheduleId: string): Promise<InternalSeatStatus | null> {
  const sold = await findSold(deps, scheduleId)
  return sold && { scheduleId, soldSeatIds: sold.ids }
}

/** Gives the sold seats of a schedule as a bit set over their ordinals, or null if there is no such schedule. */
export async function readSeatBitmap(deps: Pick<Deps, 'db'>, scheduleId: string): Promise<InternalSeatBitmap | null> {
  const found = await findSold(deps, scheduleId)
  if (found === null) return null
  const { layoutVersion, seatsTotal: total, ordinals } = found
  const sold = Buffer.from(toBitSet(ordinals, total)).toString('base64')
  return { scheduleId, layoutVersion, seatsTotal: total, sold }
}

/** Read from the index of sold seats alone: the cost follows what is sold, not the size of the hall. */
async function findSold({ db }: Pick<Deps, 'db'>, scheduleId: string): Promise<Sold | null> {
  const { rows } = await sql<Sold>`
    select s.layout_version as "layoutVersion", ${seatsTotal(sql.ref('s.id'))} as "seatsTotal",
      coalesce(sold.ids, '{}') as ids, coalesce(sold.ordinals, '{}') as ordinals
    from event_schedules s
    cross join lateral (
      select array_agg(id::text order by ordinal) as ids, array_agg(ordinal order by ordinal) as ordinals
      from seats
      where event_schedule_id = s.id and status = 'SOLD'
    ) as sold
    where s.id = ${scheduleId}`.execute(db)
  return rows[0] ?? null
}
