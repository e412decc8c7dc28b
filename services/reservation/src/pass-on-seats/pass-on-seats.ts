import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import { releaseEnded } from '../release-ended.ts'
import type { EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { offerNext } from './offer-next.ts'
import { isDueBy, releaseDue } from './release-due.ts'

export interface PassOnSeatsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly catalogue: Catalogue
  readonly wakeRelay: () => void
  readonly offerMinutes: number
  readonly holdSeconds: number
}

const schedulesMax = 1_000

/** The schedules of which seats are withheld, at most a thousand. */
export async function schedulesWithWithheld(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('reservation_seats')
    .select('schedule_id')
    .distinct()
    .where('withheld_at', 'is not', null)
    .where('passed_on_at', 'is', null)
    .limit(schedulesMax)
    .execute()
  return rows.map((row) => row.schedule_id)
}

/**
 * Passes on seats of a schedule that were given back, by the event's policy as it is now: to the next person in the waiting
 * list who wants them, or to everybody. One bounded step, whose rows decide, so that it may be taken anywhere and at any
 * time. Gives how many seats it passed on. Throws 503 while the event service does not say what the policy is: the seats wait.
 */
export async function passOnSeats(deps: PassOnSeatsDeps, scheduleId: string): Promise<number> {
  const schedule = await deps.catalogue.schedule(scheduleId)
  if (schedule?.rules.release.policy === 'WAITING_LIST') {
    const { byId } = await deps.catalogue.inventory(scheduleId)
    const outcome = await offerNext(deps, { schedule, seats: byId })
    if ('offered' in outcome) deps.wakeRelay()
    return 'offered' in outcome ? outcome.offered : tellReleased(deps, outcome.released)
  }
  const released = await inTransaction(deps.db, (trx) => releaseDue(trx, scheduleId, isDueBy(schedule)))
  return tellReleased(deps, released)
}

async function tellReleased(deps: PassOnSeatsDeps, released: readonly EndedSeats[]): Promise<number> {
  if (released.length === 0) return 0
  deps.wakeRelay()
  await releaseEnded(deps, released)
  return released.reduce((seats, one) => seats + one.seatIds.length, 0)
}
