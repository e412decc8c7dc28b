import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import type { Database } from '../store/database.ts'

export interface CloseWaitingListsDeps {
  readonly db: Kysely<Database>
  readonly log: Log
  readonly catalogue: Catalogue
}

const schedulesMax = 1_000
const batchSize = 1_000

/** The schedules that people wait for, at most a thousand. */
export async function schedulesWaitedFor(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('waiting_list_entries')
    .select('schedule_id')
    .distinct()
    .where('status', '=', 'WAITING')
    .limit(schedulesMax)
    .execute()
  return rows.map((row) => row.schedule_id)
}

/**
 * Ends the places of a schedule for which no seat can be offered any more: the show is off, or its sale over, by the
 * database's clock. One batch; gives how many it ended. Throws 503 while the event service does not say when the sale ends.
 */
export async function closeWaitingList({ db, catalogue }: CloseWaitingListsDeps, scheduleId: string): Promise<number> {
  const schedule = await catalogue.schedule(scheduleId)
  const isOver = schedule === null || schedule.status === 'CANCELLED' || schedule.eventStatus === 'CANCELLED'
  const { rows } = await sql`
    UPDATE waiting_list_entries SET status = 'CLOSED', ended_at = now()
    WHERE status = 'WAITING' AND id IN (
      SELECT id FROM waiting_list_entries
      WHERE schedule_id = ${scheduleId}::uuid AND status = 'WAITING' AND (
        ${isOver}::boolean OR now() >= ${schedule?.saleEndAt ?? null}::timestamptz
        OR EXISTS (SELECT 1 FROM cancelled_schedules WHERE cancelled_schedules.schedule_id = ${scheduleId}::uuid)
      )
      ORDER BY position LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
    )
    RETURNING id`.execute(db)
  return rows.length
}
