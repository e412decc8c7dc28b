import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { noteSales } from '@ticket-queue/lua/seat'
import type { ConsumeOptions } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import type { HeldSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { confirmReservations } from './confirm-reservation.ts'

interface ConfirmingDeps {
  readonly redis: RedisClient
  readonly log: Log
}

/** So many rows are locked until all of them are confirmed, and this takes some milliseconds. */
const eventsMax = 25

/**
 * Applies `PaymentSuccess`. Seat states are told before the commit, so that nobody can have cancelled before; after a
 * rollback the event comes again. A Redis that is away is logged: the event service says that the seats are sold.
 */
export const confirmReservationConsumer =
  (deps: ConfirmingDeps) =>
  async (trx: Transaction<Database>, event: PaymentSuccess): Promise<void> => {
    await noteSold(deps, await confirmReservations(trx, [event]))
  }

/**
 * Confirms what is paid close together in one transaction: a few statements and one flush for all of them. Redis is told of all
 * at once, so that one that hangs keeps the rows locked no longer than for one.
 */
export const confirmTogether = (deps: ConfirmingDeps): NonNullable<ConsumeOptions<Database>['together']> => ({
  eventsMax,
  takes: ({ eventType }) => eventType === 'PaymentSuccess',
  apply: async (trx, events) => {
    const paid = events.filter((event) => event.eventType === 'PaymentSuccess')
    await noteSold(deps, await confirmReservations(trx, paid))
  },
})

async function noteSold({ redis, log }: ConfirmingDeps, sold: readonly HeldSeats[]): Promise<void> {
  const noted = sold.map(async (one) => {
    try {
      await noteSales(redis, { ...one, sale: 'sold' })
    } catch (err) {
      log.warn({ err, reservationId: one.reservationId }, 'seat states show these seats as sold somewhat later')
    }
  })
  await Promise.all(noted)
}
