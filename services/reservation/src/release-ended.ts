import { inTransaction } from '@ticket-queue/database'
import { noteSales, releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { EndedSeats, HeldSeats } from './store/cancel-rows.ts'
import type { Database } from './store/database.ts'

export interface ReleaseDeps {
  readonly redis: RedisClient
  readonly log: Log
}

/**
 * Tells Redis that reservations have ended, and seat states that sold seats are free again: withheld ones still count as sold,
 * and need no lock for that. The rows have freed the seats already, so a Redis that is away is logged and told later by
 * `rebuild-holds`; this never throws.
 */
export async function releaseEnded(
  deps: ReleaseDeps,
  ended: readonly (HeldSeats & Partial<EndedSeats>)[],
): Promise<void> {
  const release = async (one: (typeof ended)[number]) => {
    // Before the locks go, so that whoever takes the seats next cannot have sold them already.
    const seatIds = one.seatIds.filter((seatId) => !one.withheldSeatIds?.includes(seatId))
    if (one.wasConfirmed && seatIds.length > 0) await noteSales(deps.redis, { ...one, seatIds, sale: 'freed' })
    await releaseSeats(deps.redis, one)
  }
  const releases = await Promise.allSettled(ended.map(release))
  const failed = releases.filter((release) => release.status === 'rejected')
  if (failed[0])
    deps.log.warn({ err: failed[0].reason, reservations: failed.length }, 'Redis will be told later of ended holds')
}

interface ReleaseLapsedDeps extends ReleaseDeps {
  readonly db: Kysely<Database>
}

/**
 * As `releaseEnded`, for seats that a hold has not kept or not got: late money (decision 0023) or another exchange of the same hold
 * may have them by now. Never throws.
 */
export async function releaseLapsed(deps: ReleaseLapsedDeps, lapsed: readonly HeldSeats[]): Promise<void> {
  try {
    await freeLapsed(deps, lapsed)
  } catch (err) {
    deps.log.warn({ err, reservations: lapsed.length }, 'Redis will be told later of ended holds')
  }
}

/**
 * Frees seats unless their reservation has them, or has them again: those keep their locks, and until the others are free nobody
 * gives it any. Throws if one could not be freed.
 */
export async function freeLapsed(
  { db, redis }: Omit<ReleaseLapsedDeps, 'log'>,
  lapsed: readonly HeldSeats[],
): Promise<void> {
  if (lapsed.length === 0) return
  await inTransaction(db, async (trx) => {
    const kept = await lockKeptSeats(trx, [...new Set(lapsed.map((one) => one.reservationId))])
    const releases = lapsed.map(async (one) => {
      const seatIds = one.seatIds.filter((seatId) => !kept.has(`${one.reservationId} ${seatId}`))
      if (seatIds.length > 0) await releaseSeats(redis, { ...one, seatIds })
    })
    const failed = (await Promise.allSettled(releases)).find((release) => release.status === 'rejected')
    if (failed) throw failed.reason
  })
}

/** The seats that live reservations have, which stay as they are until the end of the transaction. */
async function lockKeptSeats(
  trx: Transaction<Database>,
  reservationIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const ids = sql`${[...reservationIds]}::uuid[]`
  await sql`SELECT FROM reservations WHERE id = ANY (${ids}) ORDER BY id FOR SHARE`.execute(trx)
  // Read anew: who has waited for a row sees other tables as they were before.
  const kept = await trx
    .selectFrom('reservation_seats')
    .innerJoin('reservations', 'reservations.id', 'reservation_seats.reservation_id')
    .select(['reservation_seats.reservation_id', 'reservation_seats.seat_id'])
    .where(sql<boolean>`reservations.id = ANY (${ids})`)
    .where('reservations.status', '<>', 'CANCELLED')
    .where('reservation_seats.active', '=', true)
    .execute()
  return new Set(kept.map((seat) => `${seat.reservation_id} ${seat.seat_id}`))
}
