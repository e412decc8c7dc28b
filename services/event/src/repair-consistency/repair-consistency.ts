import { inTransaction } from '@ticket-queue/database'
import type { Log } from '@ticket-queue/service-kit'
import { eventTarget, scheduleTarget } from '../cache/cache-keys.ts'
import { type BooksDeps, compareBooks, findSuspects } from '../consistency/compare-books.ts'
import type { Difference, Suspect } from '../consistency/differences.ts'
import type { Deps } from '../dependencies.ts'
import type { Cause } from '../store/announce-schedules.ts'
import { type Change, repairReservation } from './repair-reservation.ts'

export type RepairDeps = BooksDeps & Pick<Deps, 'cache' | 'relay'> & { log: Log }
export type Repair = { scheduleId: string; changes: Change[]; left: Difference[]; complete: boolean }

/**
 * Makes the seats of a schedule agree with the reservations (EVT-023), reservation by reservation, each judged anew while its
 * seats are locked; null for an unknown schedule. What differs for less than 30 s, or waits for the end of a payment, is left
 * alone. Repeating it changes nothing further.
 */
export async function repairConsistency(deps: RepairDeps, scheduleId: string, cause: Cause): Promise<Repair | null> {
  const found = await findSuspects(deps, scheduleId)
  if (found === null) return null
  const changes = await repairAll(deps, scheduleId, found.suspects, cause)
  // A seat that somebody had wrongly can be given to its owner only once it is free.
  if (changes.some(({ change }) => change === 'FREED')) {
    changes.push(...(await repairAll(deps, scheduleId, found.suspects, cause)))
  }
  if (changes.length > 0) {
    deps.log.warn({ scheduleId, changes, userId: cause.userId }, 'seats were repaired after the reservations')
    await dropAnswers(deps, scheduleId)
  }
  const after = changes.length > 0 || found.suspects.length > 0 ? await compareBooks(deps, scheduleId) : null
  return { scheduleId, changes, left: after?.differences ?? [], complete: found.complete }
}

async function repairAll(deps: RepairDeps, scheduleId: string, suspects: readonly Suspect[], cause: Cause) {
  const changes: Change[] = []
  for (const suspect of suspects) {
    const repaired = await inTransaction(deps.db, (trx) =>
      repairReservation({ trx, reservations: deps.reservations }, { scheduleId, suspect, cause }),
    )
    changes.push(...repaired)
  }
  return changes
}

async function dropAnswers({ db, cache, relay }: RepairDeps, scheduleId: string): Promise<void> {
  relay.wake()
  const { event_id: eventId } = await db
    .selectFrom('event_schedules')
    .select('event_id')
    .where('id', '=', scheduleId)
    .executeTakeFirstOrThrow()
  await cache.invalidate(eventTarget(eventId), scheduleTarget(scheduleId))
}
