import { commitHold, holdSeats, releaseSeats, swapSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { releaseLapsed } from '../release-ended.ts'
import type { Database } from '../store/database.ts'
import { keptForMs } from '../store/reservations.ts'
import type { Change } from './change.ts'

interface SwapLocksDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly paymentHoldSeconds: number
}

/**
 * Brings Redis in line with rows that have been exchanged, in one step; where they have been exchanged once more since, or the
 * hold has ended, only what they no longer have is free. The rows have decided, so a Redis that is away is logged and told later
 * by `rebuild-holds`; this never throws.
 */
export async function swapLocks(
  deps: SwapLocksDeps,
  { scheduleId, reservationId, change }: { scheduleId: string; reservationId: string; change: Change },
): Promise<void> {
  try {
    const newSeatIds = [...change.kept, ...change.added].map((seat) => seat.seatId)
    const remainingMs = await remainingOf(deps, reservationId, newSeatIds)
    if (remainingMs === null) {
      const seatIds = [...change.droppedIds, ...newSeatIds]
      return await releaseLapsed(deps, [{ scheduleId, reservationId, seatIds }])
    }
    const swapped = await swapSeats(deps.redis, {
      scheduleId,
      reservationId,
      oldSeatIds: change.droppedIds,
      newSeatIds,
      remainingMs,
    })
    if (swapped.outcome === 'swapped') return
    // Redis has lost or given away some of them: each seat for itself, and only what is ours.
    if (change.droppedIds.length > 0)
      await releaseSeats(deps.redis, { scheduleId, reservationId, seatIds: change.droppedIds })
    const owned = { scheduleId, reservationId, seatIds: newSeatIds }
    const held = await holdSeats(deps.redis, owned)
    if (held.outcome === 'held') await commitHold(deps.redis, { ...owned, remainingMs })
  } catch (err) {
    deps.log.warn({ err, reservationId }, 'Redis will be told later that seats were exchanged')
  }
}

/** How long the seats are still held, in ms; null once the reservation has ended or has others: then these are not locked for it. */
async function remainingOf(
  deps: SwapLocksDeps,
  reservationId: string,
  seatIds: readonly string[],
): Promise<number | null> {
  const row = await deps.db
    .selectFrom('reservations')
    .select(keptForMs(deps.paymentHoldSeconds).as('remainingMs'))
    .where('id', '=', reservationId)
    .where('status', '<>', 'CANCELLED')
    .where(sql<boolean>`(
      SELECT array_agg(seat_id ORDER BY seat_id) FROM reservation_seats WHERE reservation_id = reservations.id AND active
    ) = ${seatIds.toSorted()}::uuid[]`)
    .executeTakeFirst()
  return row ? Math.max(1, Math.round(row.remainingMs)) : null
}
