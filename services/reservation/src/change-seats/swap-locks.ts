import { commitHold, holdSeats, releaseSeats, swapSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
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
 * Brings Redis in line with rows that have been exchanged, in one step. The rows have decided, so a Redis that is away is
 * logged and told later by `rebuild-holds`; this never throws.
 */
export async function swapLocks(
  deps: SwapLocksDeps,
  { scheduleId, reservationId, change }: { scheduleId: string; reservationId: string; change: Change },
): Promise<void> {
  try {
    const remainingMs = await remainingOf(deps, reservationId)
    if (remainingMs === null) return
    const newSeatIds = [...change.kept, ...change.added].map((seat) => seat.seatId)
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

/** Null once the reservation has ended: then nothing may be locked for it any more. */
async function remainingOf(deps: SwapLocksDeps, reservationId: string): Promise<number | null> {
  const row = await deps.db
    .selectFrom('reservations')
    .select(keptForMs(deps.paymentHoldSeconds).as('remainingMs'))
    .where('id', '=', reservationId)
    .where('status', '<>', 'CANCELLED')
    .executeTakeFirst()
  return row ? Math.max(1, Math.round(row.remainingMs)) : null
}
