import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { noteSales } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import { confirmReservation } from './confirm-reservation.ts'

/**
 * Applies `PaymentSuccess`. Seat states are told before the commit, so that nobody can have cancelled before; after a
 * rollback the event comes again. A Redis that is away is logged: the event service says that the seats are sold.
 */
export const confirmReservationConsumer =
  (deps: { readonly redis: RedisClient; readonly log: Log }) =>
  async (trx: Transaction<Database>, event: PaymentSuccess): Promise<void> => {
    const sold = await confirmReservation(trx, event)
    if (sold === null) return
    try {
      await noteSales(deps.redis, { ...sold, sale: 'sold' })
    } catch (err) {
      deps.log.warn({ err, reservationId: sold.reservationId }, 'seat states show these seats as sold somewhat later')
    }
  }
