import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { releaseEnded } from '../release-ended.ts'
import { cancelRows, type EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'

export interface EndWithEventDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}

const batchSize = 100
const openMax = 100

type CancelledSchedule = Selectable<Database['cancelled_schedules']>

/** The cancelled schedules that may still have live reservations, oldest first; at most 100. */
export async function openCancellations(db: Kysely<Database>): Promise<CancelledSchedule[]> {
  return db
    .selectFrom('cancelled_schedules')
    .selectAll()
    .where('finished_at', 'is', null)
    .orderBy('recorded_at')
    .limit(openMax)
    .execute()
}

/**
 * Ends one batch of the reservations of a cancelled schedule (EVT-022): tickets with their whole price as refund, holds
 * without one. A hold whose payment is under way ends too: the payment then finds it CANCELLED and gives the money back, and
 * a success that is on its way already is refunded when it comes. Each batch commits for itself, so a process that dies
 * loses at most one, and any number may work at once. Gives how many it ended.
 */
export async function endWithEvent(deps: EndWithEventDeps, schedule: CancelledSchedule): Promise<number> {
  const ended = await inTransaction(deps.db, (trx) => endBatch(trx, schedule))
  if (ended.length === 0) return 0
  deps.wakeRelay()
  await releaseEnded(deps, ended)
  return ended.length
}

async function endBatch(trx: Transaction<Database>, schedule: CancelledSchedule): Promise<EndedSeats[]> {
  const live = await trx
    .selectFrom('reservations')
    .select(['id', 'status'])
    .where('event_schedule_id', '=', schedule.schedule_id)
    .where('status', 'in', ['PENDING', 'CONFIRMED'])
    .orderBy('id')
    .limit(batchSize)
    .forUpdate()
    .skipLocked()
    .execute()
  const ended: EndedSeats[] = []
  for (const from of ['CONFIRMED', 'PENDING'] as const) {
    const cancelled = await cancelRows(trx, {
      reservationIds: live.filter((row) => row.status === from).map((row) => row.id),
      from,
      reason: 'EVENT_CANCELLED',
      refundAmount: from === 'CONFIRMED' ? 'all' : 0,
      correlationId: schedule.correlation_id,
      causationId: schedule.causation_id,
    })
    ended.push(...cancelled)
  }
  return ended
}

/**
 * Closes the cancellations that have nothing left to end. Not in the first minute: a hold whose statement began before the
 * cancellation was there may be committed after it, and no statement of a service role lasts that long.
 */
export async function finishCancellations(db: Kysely<Database>): Promise<void> {
  await db
    .updateTable('cancelled_schedules')
    .set({ finished_at: sql<Date>`now()` })
    .where('finished_at', 'is', null)
    .where('recorded_at', '<', sql<Date>`now() - interval '1 minute'`)
    .where(sql<boolean>`NOT EXISTS (
      SELECT 1 FROM reservations
      WHERE event_schedule_id = cancelled_schedules.schedule_id AND status IN ('PENDING', 'CONFIRMED')
    )`)
    .execute()
}
