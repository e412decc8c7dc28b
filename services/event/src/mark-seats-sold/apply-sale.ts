import type {
  PaymentSuccess,
  ReservationCancelled,
  ReservationConfirmed,
  SeatsReleased,
} from '@ticket-queue/contracts/events'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import { eventTarget, scheduleTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import { afterCommit } from '../store/after-commit.ts'
import type { Database } from '../store/database.ts'
import { markSeatsSold, releaseSeats, releaseWithheldSeats, type SaleOutcome } from './mark-seats-sold.ts'

type SaleEvent = PaymentSuccess | ReservationConfirmed | ReservationCancelled | SeatsReleased

/**
 * Applies what an event says of a reservation's seats. When that sells a schedule out, or ends a sell-out, the answers that
 * say so are dropped after the commit; the seat map refreshes its SOLD marks by itself.
 */
export async function applySale(
  { db, cache, log }: Pick<Deps, 'db' | 'cache'> & { log: Log },
  trx: Transaction<Database>,
  event: SaleEvent,
): Promise<void> {
  const { scheduleId } = event.payload
  const { flipped } = await changeSeats(trx, event)
  if (!flipped) return
  const { event_id: eventId } = await trx
    .selectFrom('event_schedules')
    .select('event_id')
    .where('id', '=', scheduleId)
    .executeTakeFirstOrThrow()
  const drop = () => cache.invalidate(eventTarget(eventId), scheduleTarget(scheduleId))
  await afterCommit(db, trx, drop, (error) => log.warn({ err: error, scheduleId }, 'stale answers were not dropped'))
}

function changeSeats(trx: Transaction<Database>, event: SaleEvent): Promise<SaleOutcome> {
  const { correlationId, userId } = event.metadata
  const cause = { correlationId, userId, causationId: event.eventId }
  if (event.eventType === 'ReservationCancelled') return releaseSeats(trx, event.payload, cause)
  if (event.eventType === 'SeatsReleased') return releaseWithheldSeats(trx, event.payload, cause)
  return markSeatsSold(trx, event.payload, cause)
}
