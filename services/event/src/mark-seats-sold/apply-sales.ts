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
import { changeSeats, type SaleNews } from './change-seats.ts'

export type SaleEvent = PaymentSuccess | ReservationConfirmed | ReservationCancelled | SeatsReleased

/**
 * Applies what events say of reservations' seats, many at once. When that sells a schedule out, or ends a sell-out, the
 * answers that say so are dropped after the commit; the seat map refreshes its SOLD marks by itself.
 */
export async function applySales(
  { db, cache, log }: Pick<Deps, 'db' | 'cache'> & { log: Log },
  trx: Transaction<Database>,
  events: readonly SaleEvent[],
): Promise<void> {
  const flipped = await changeSeats(trx, events.map(toNews))
  if (flipped.length === 0) return
  const rows = await trx.selectFrom('event_schedules').select(['id', 'event_id']).where('id', 'in', flipped).execute()
  const targets = rows.flatMap((row) => [eventTarget(row.event_id), scheduleTarget(row.id)])
  const drop = () => cache.invalidate(...targets)
  await afterCommit(db, trx, drop, (error) => log.warn({ err: error, flipped }, 'stale answers were not dropped'))
}

const becomes = { PaymentSuccess: 'SOLD', ReservationConfirmed: 'CONFIRMED', SeatsReleased: 'RETURNED' } as const

function toNews(event: SaleEvent): SaleNews {
  const { reservationId, scheduleId, seatIds } = event.payload
  const { correlationId, userId } = event.metadata
  const sale = { reservationId, scheduleId, seatIds, cause: { correlationId, userId, causationId: event.eventId } }
  if (event.eventType === 'ReservationCancelled') {
    const { wasConfirmed, withheldSeatIds = [] } = event.payload
    return { ...sale, becomes: 'ENDED', wasConfirmed, withheldSeatIds }
  }
  return { ...sale, becomes: becomes[event.eventType] }
}
