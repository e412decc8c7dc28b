import { commitHold, holdSeats, releaseSeats, sweepHolds } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'

export interface RebuildHoldsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly paymentHoldSeconds: number
}

const pageSize = 500

/**
 * Brings Redis in line with the rows (data.md, Redis rules 6 and 7): holds of PENDING rows that Redis has lost are set again
 * for the time they have left, what was cancelled of late is released once more, members of `hold_seats` without a hold
 * are swept. Gives how many reservations were set again.
 */
export async function rebuildHolds(deps: RebuildHoldsDeps): Promise<number> {
  let rebuilt = 0
  let after = '00000000-0000-0000-0000-000000000000'
  const scheduleIds = new Set<string>()
  for (;;) {
    const page = await pendingAfter(deps, after)
    for (const row of page) {
      scheduleIds.add(row.scheduleId)
      if (await setAgain(deps, row)) rebuilt += 1
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) break
    after = last.reservationId
  }
  for (const ended of await recentlyCancelled(deps)) {
    scheduleIds.add(ended.scheduleId)
    await releaseSeats(deps.redis, ended)
  }
  for (const scheduleId of scheduleIds) await sweepHolds(deps.redis, scheduleId)
  return rebuilt
}

interface PendingHold {
  readonly reservationId: string
  readonly scheduleId: string
  readonly seatIds: readonly string[]
  readonly remainingMs: number
}

async function setAgain(deps: RebuildHoldsDeps, hold: PendingHold): Promise<boolean> {
  const remainingMs = Math.max(1, Math.round(hold.remainingMs))
  const kept = await commitHold(deps.redis, { ...hold, remainingMs })
  if (kept.outcome === 'committed') return false
  const held = await holdSeats(deps.redis, hold)
  if (held.outcome !== 'held') return false
  const row = await deps.db
    .selectFrom('reservations')
    .select('id')
    .where('id', '=', hold.reservationId)
    .where('status', '=', 'PENDING')
    .executeTakeFirst()
  // It may have ended since the page was read: then the hold just set has no owner and must not stay.
  if (!row) await releaseSeats(deps.redis, hold)
  else await commitHold(deps.redis, { ...hold, remainingMs })
  return row !== undefined
}

/** What ended in the last minute, at most a thousand: its release may have been missed by a process that died. */
function recentlyCancelled(deps: RebuildHoldsDeps): Promise<Omit<PendingHold, 'remainingMs'>[]> {
  return deps.db
    .selectFrom('reservations')
    .innerJoin('reservation_seats', 'reservation_seats.reservation_id', 'reservations.id')
    .select([
      'reservations.id as reservationId',
      'reservations.event_schedule_id as scheduleId',
      sql<string[]>`array_agg(reservation_seats.seat_id ORDER BY reservation_seats.seat_id)::text[]`.as('seatIds'),
    ])
    .where('reservations.status', '=', 'CANCELLED')
    .where('reservations.cancelled_at', '>', sql<Date>`now() - interval '1 minute'`)
    .groupBy('reservations.id')
    .limit(1_000)
    .execute()
}

/** A row with a payment under way counts as held for the payment's time, however old its hold is. */
async function pendingAfter(deps: RebuildHoldsDeps, after: string): Promise<PendingHold[]> {
  const rows = await deps.db
    .selectFrom('reservations')
    .innerJoin('reservation_seats', 'reservation_seats.reservation_id', 'reservations.id')
    .select([
      'reservations.id as reservationId',
      'reservations.event_schedule_id as scheduleId',
      sql<string[]>`array_agg(reservation_seats.seat_id ORDER BY reservation_seats.seat_id)::text[]`.as('seatIds'),
      sql<number>`extract(epoch FROM CASE
        WHEN reservations.payment_started_at IS NULL THEN reservations.hold_expires_at - now()
        ELSE make_interval(secs => ${deps.paymentHoldSeconds})
      END)::float8 * 1000`.as('remainingMs'),
    ])
    .where('reservations.status', '=', 'PENDING')
    .where('reservation_seats.active', '=', true)
    .where('reservations.id', '>', after)
    .where((either) =>
      either.or([
        either('reservations.payment_started_at', 'is not', null),
        either('reservations.hold_expires_at', '>', sql<Date>`now()`),
      ]),
    )
    .groupBy('reservations.id')
    .orderBy('reservations.id')
    .limit(pageSize)
    .execute()
  return rows
}
