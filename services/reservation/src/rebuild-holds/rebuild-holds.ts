import {
  commitHold,
  findLooseHolds,
  heldSeatsKey,
  holdKey,
  holdSeats,
  releaseSeats,
  sweepHolds,
} from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { dropOldNotes, readHeldSchedules } from '../held-schedules.ts'
import { freeLapsed } from '../release-ended.ts'
import type { HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { keptForMs } from '../store/reservations.ts'
import { createPace, type Pace } from './pace.ts'

export interface RebuildHoldsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly paymentHoldSeconds: number
}

/** Short steps: the event loop and Redis serve nobody else meanwhile. */
const pageSize = 200
const parallelMax = 20
const firstId = '00000000-0000-0000-0000-000000000000'
const spareSeconds = 60
const restsMaxMs = 5_000

/**
 * Brings Redis in line with the rows (data.md, Redis rules 6 and 7): holds of PENDING rows that Redis has lost are set
 * again for the time they have left, what was cancelled or exchanged in the last `endedWithinSeconds` is released once more,
 * members of `hold_seats` without a lock are swept, also where no row is. Gives how many reservations were set again. Safe to run anywhere, at any time.
 * While nothing is amiss it rests between its steps, five seconds in all at most, so that buyers do not wait behind it.
 */
export async function rebuildHolds(
  deps: RebuildHoldsDeps,
  options: { endedWithinSeconds: number; signal?: AbortSignal },
): Promise<number> {
  const { endedWithinSeconds, signal } = options
  const scheduleIds = new Set(await readHeldSchedules(deps.redis))
  const pace = createPace({ restsMaxMs, signal })
  let rebuilt = 0
  for await (const page of pages(signal, pace, (after) => pendingAfter(deps, after))) {
    for (const hold of page) scheduleIds.add(hold.scheduleId)
    const loose = await looseOf(deps, page)
    const outcomes = await inGroups(loose, (hold) => setAgain(deps, hold))
    const lost = outcomes.filter((wasLost) => wasLost).length
    if (lost > 0) pace.hurry()
    rebuilt += lost
  }
  for (const read of [endedAfter, droppedAfter]) {
    for await (const page of pages(signal, pace, (after) => read(deps, after, endedWithinSeconds))) {
      for (const { scheduleId } of page) scheduleIds.add(scheduleId)
      await freeLapsed(deps, await stillLocked(deps, page))
    }
  }
  for (const scheduleId of scheduleIds) await sweep(deps, scheduleId, pace)
  await dropOldNotes(deps.redis, lockMaxSeconds(deps))
  return rebuilt
}

type PendingHold = HeldSeats & { readonly remainingMs: number }

/** Those of a page that Redis does not keep as their rows say: in a running sale all but a few are as they should be. */
async function looseOf(deps: RebuildHoldsDeps, page: readonly PendingHold[]): Promise<PendingHold[]> {
  const bySchedule = Map.groupBy(
    page.filter(({ seatIds }) => seatIds.length > 0),
    ({ scheduleId }) => scheduleId,
  )
  const loose: PendingHold[] = []
  for (const [scheduleId, holds] of bySchedule) {
    const found = await findLooseHolds(deps.redis, scheduleId, holds)
    loose.push(...holds.filter(({ reservationId }) => found.has(reservationId)))
  }
  return loose
}

/** Those of a page that Redis still has locks of: in a running sale a few at most, which have ended just now. */
async function stillLocked({ redis }: RebuildHoldsDeps, page: readonly HeldSeats[]): Promise<HeldSeats[]> {
  const seats = page.flatMap(({ seatIds, ...one }) => seatIds.map((seatId) => ({ ...one, seatId })))
  if (seats.length === 0) return []
  const owners = await redis.client.mget(seats.map(({ scheduleId, seatId }) => holdKey(scheduleId, seatId)))
  const locked = new Set(
    seats.flatMap(({ reservationId }, index) => (owners[index] === reservationId ? [reservationId] : [])),
  )
  return page.filter(({ reservationId }) => locked.has(reservationId))
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
    .where('status', '<>', 'CANCELLED')
    .executeTakeFirst()
  // It may have ended since the page was read: then the hold just set has no owner and must not stay.
  if (!row) await releaseSeats(deps.redis, hold)
  else await commitHold(deps.redis, { ...hold, remainingMs })
  return row !== undefined
}

/** The set outlives every lock of its members and then goes by itself, so that a sale that is over leaves nothing behind. */
async function sweep(deps: RebuildHoldsDeps, scheduleId: string, pace: Pace): Promise<void> {
  await pace.rest()
  await sweepHolds(deps.redis, scheduleId, pace.rest)
  await deps.redis.client.pexpire(heldSeatsKey(scheduleId), lockMaxSeconds(deps) * 1000)
}

/** Longer than any lock lives. */
const lockMaxSeconds = ({ paymentHoldSeconds }: RebuildHoldsDeps) => paymentHoldSeconds + spareSeconds

/**
 * A row with a payment under way counts as held for the payment's time, however old its hold is. Seats offered from the
 * waiting list are SOLD to everybody else, and need no lock: a row may have none that does. Seats are looked up for each
 * row of the page, by index, whatever the statistics of the tables say.
 */
async function pendingAfter({ db, paymentHoldSeconds }: RebuildHoldsDeps, after: string): Promise<PendingHold[]> {
  const { rows } = await sql<PendingHold>`
    SELECT page.*, ARRAY(
        SELECT seat_id::text FROM reservation_seats
        WHERE reservation_id = page."reservationId" AND active AND sold_as IS NULL
      ) AS "seatIds"
    FROM (
      SELECT id AS "reservationId", event_schedule_id AS "scheduleId", ${keptForMs(paymentHoldSeconds)} AS "remainingMs"
      FROM reservations
      WHERE id > ${after}::uuid AND status = 'PENDING' AND (payment_started_at IS NOT NULL OR hold_expires_at > now())
      ORDER BY id
      LIMIT ${pageSize}
    ) AS page
    ORDER BY "reservationId"`.execute(db)
  return rows
}

/** What has ended of late: its release may have been missed by a process that died or a Redis that was away. */
function endedAfter(deps: RebuildHoldsDeps, after: string, withinSeconds: number): Promise<HeldSeats[]> {
  return reservationsAfter(deps.db, after)
    .where('reservations.status', '=', 'CANCELLED')
    .where('reservations.cancelled_at', '>', sql<Date>`now() - make_interval(secs => ${withinSeconds})`)
    .where('reservation_seats.dropped_at', 'is', null)
    .execute()
}

/** Seats exchanged of late for others, unless the same reservation has taken them back. */
function droppedAfter(deps: RebuildHoldsDeps, after: string, withinSeconds: number): Promise<HeldSeats[]> {
  return reservationsAfter(deps.db, after)
    .where('reservation_seats.dropped_at', '>', sql<Date>`now() - make_interval(secs => ${withinSeconds})`)
    .where(sql<boolean>`NOT EXISTS (
      SELECT 1 FROM reservation_seats AS again
      WHERE again.reservation_id = reservations.id AND again.seat_id = reservation_seats.seat_id AND again.active
    )`)
    .execute()
}

function reservationsAfter(db: Kysely<Database>, after: string) {
  return db
    .selectFrom('reservations')
    .innerJoin('reservation_seats', 'reservation_seats.reservation_id', 'reservations.id')
    .select([
      'reservations.id as reservationId',
      'reservations.event_schedule_id as scheduleId',
      sql<string[]>`array_agg(DISTINCT reservation_seats.seat_id::text)`.as('seatIds'),
    ])
    .where('reservations.id', '>', after)
    .groupBy('reservations.id')
    .orderBy('reservations.id')
    .limit(pageSize)
}

async function* pages<Row extends HeldSeats>(
  signal: AbortSignal | undefined,
  pace: Pace,
  read: (after: string) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  for (let after = firstId; !signal?.aborted; ) {
    const page = await read(after)
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (!last || page.length < pageSize) return
    after = last.reservationId
    await pace.rest()
  }
}

/** A few at a time: thousands at once would take every connection from the buyers. */
async function inGroups<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < items.length; start += parallelMax)
    results.push(...(await Promise.all(items.slice(start, start + parallelMax).map(work))))
  return results
}
