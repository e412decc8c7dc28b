import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { noteSales } from '@ticket-queue/lua/seat'
import type { ConsumeOptions } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import type { Database } from '../store/database.ts'
import { confirmReservation } from './confirm-reservation.ts'

interface ConfirmingDeps {
  readonly redis: RedisClient
  readonly log: Log
}

/** So many rows are locked until the last of them is confirmed, and this takes a few tens of milliseconds. */
const eventsMax = 25

/**
 * Applies `PaymentSuccess`. Seat states are told before the commit, so that nobody can have cancelled before; after a
 * rollback the event comes again. A Redis that is away is logged: the event service says that the seats are sold.
 */
export const confirmReservationConsumer =
  (deps: ConfirmingDeps) =>
  async (trx: Transaction<Database>, event: PaymentSuccess): Promise<void> => {
    const sold = await confirmReservation(trx, event)
    if (sold === null) return
    try {
      await noteSales(deps.redis, { ...sold, sale: 'sold' })
    } catch (err) {
      deps.log.warn({ err, reservationId: sold.reservationId }, 'seat states show these seats as sold somewhat later')
    }
  }

/** Confirms what is paid close together in one transaction: one inbox look-up and one flush for all of them. */
export const confirmTogether = (deps: ConfirmingDeps): NonNullable<ConsumeOptions<Database>['together']> => ({
  eventsMax,
  takes: ({ eventType }) => eventType === 'PaymentSuccess',
  apply: async (trx, events) => {
    const confirm = confirmReservationConsumer(deps)
    for (const event of events) if (event.eventType === 'PaymentSuccess') await confirm(trx, event)
  },
})
