import { commitHold, holdSeats, sweepHolds } from '@ticket-queue/lua/seat'
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
 * Brings Redis in line with the PENDING rows (data.md, Redis rules 6 and 7): holds that Redis has lost are set again for
 * the time they have left, members of `hold_seats` without a hold are swept. Gives how many reservations were set again.
 */
export async function rebuildHolds(deps: RebuildHoldsDeps): Promise<number> {
  let rebuilt = 0
  let after = '00000000-0000-0000-0000-000000000000'
  const scheduleIds = new Set<string>()
  for (;;) {
    const page = await pendingAfter(deps, after)
    for (const row of page) {
      scheduleIds.add(row.scheduleId)
      if (await setAgain(deps.redis, row)) rebuilt += 1
    }
    const last = page.at(-1)
    if (!last || page.length < pageSize) break
    after = last.reservationId
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

async function setAgain(redis: RedisClient, hold: PendingHold): Promise<boolean> {
  const remainingMs = Math.max(1, Math.round(hold.remainingMs))
  const kept = await commitHold(redis, { ...hold, remainingMs })
  if (kept.outcome === 'committed') return false
  const held = await holdSeats(redis, hold)
  if (held.outcome !== 'held') return false
  await commitHold(redis, { ...hold, remainingMs })
  return true
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
