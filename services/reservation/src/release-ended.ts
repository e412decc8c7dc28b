import { noteSales, releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { EndedSeats, HeldSeats } from './store/cancel-rows.ts'

/**
 * Tells Redis that reservations have ended, and seat states that sold seats are free again: withheld ones still count as sold,
 * and need no lock for that. The rows have freed the seats already, so a Redis that is away is logged and told later by
 * `rebuild-holds`; this never throws.
 */
export async function releaseEnded(
  deps: { readonly redis: RedisClient; readonly log: Log },
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
