import { inTransaction } from '@ticket-queue/database'
import { holdKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { releaseLapsed } from './release-ended.ts'
import { cancelRows } from './store/cancel-rows.ts'
import type { Database } from './store/database.ts'
import { isOverdue } from './store/reservations.ts'

export interface StaleHoldsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  /** Wakes the outbox relay: ending an overdue hold publishes its cancellation. */
  readonly wakeRelay: () => void
}

/** Ends those of the reservations whose hold is over by the database's clock, rather than let anybody wait for the sweeper. */
export async function endOverdue(
  deps: StaleHoldsDeps,
  input: { reservationIds: readonly string[]; requestId: string },
): Promise<void> {
  const ended = await inTransaction(deps.db, async (trx) => {
    const overdue = await trx
      .selectFrom('reservations')
      .select('id')
      .where('id', 'in', input.reservationIds)
      .where(isOverdue)
      .orderBy('id')
      .forUpdate()
      .execute()
    return cancelRows(trx, {
      reservationIds: overdue.map((row) => row.id),
      from: 'PENDING',
      reason: 'HOLD_EXPIRED',
      correlationId: input.requestId,
    })
  })
  deps.wakeRelay()
  await releaseLapsed(deps, ended)
}

/**
 * A committed lock always has a row, so one whose row counts no more (the reservation ended, the seat was exchanged) was left
 * behind by a process that ended between commit and release. Locks that are only being written have no row and stay.
 */
export async function dropStaleLocks(
  deps: StaleHoldsDeps,
  { scheduleId, seatIds }: { readonly scheduleId: string; readonly seatIds: readonly string[] },
): Promise<void> {
  const owners = await deps.redis.client.mget(seatIds.map((seatId) => holdKey(scheduleId, seatId)))
  const known = [...new Set(owners)].filter((owner) => owner !== null)
  if (known.length === 0) return
  const stale = await deps.db
    .selectFrom('reservation_seats')
    .select(['reservation_id as reservationId', 'seat_id as seatId'])
    .where('reservation_id', 'in', known)
    .where('seat_id', 'in', seatIds)
    .groupBy(['reservation_id', 'seat_id'])
    .having(sql<boolean>`NOT bool_or(active)`)
    .execute()
  await releaseLapsed(
    deps,
    stale.map(({ reservationId, seatId }) => ({ reservationId, scheduleId, seatIds: [seatId] })),
  )
}
