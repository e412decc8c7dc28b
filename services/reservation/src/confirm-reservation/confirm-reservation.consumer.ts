import type { PaymentSuccess } from '@ticket-queue/contracts/events'
import { noteSales } from '@ticket-queue/lua/seat'
import type { ConsumeOptions } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Transaction } from 'kysely'
import type { HeldSeats } from '../store/cancel-rows.ts'
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
    await noteSold(deps, [await confirmReservation(trx, event)])
  }

/**
 * Confirms what is paid close together in one transaction: one inbox look-up and one flush for all of them. Redis is told of all
 * at once, so that one that hangs keeps the rows locked no longer than for one.
 */
export const confirmTogether = (deps: ConfirmingDeps): NonNullable<ConsumeOptions<Database>['together']> => ({
  eventsMax,
  takes: ({ eventType }) => eventType === 'PaymentSuccess',
  apply: async (trx, events) => {
    const sold: (HeldSeats | null)[] = []
    for (const event of events) {
      if (event.eventType === 'PaymentSuccess') sold.push(await confirmReservation(trx, event))
    }
    await noteSold(deps, sold)
  },
})

async function noteSold({ redis, log }: ConfirmingDeps, sold: readonly (HeldSeats | null)[]): Promise<void> {
  const noted = sold.map(async (one) => {
    if (one === null) return
    try {
      await noteSales(redis, { ...one, sale: 'sold' })
    } catch (err) {
      log.warn({ err, reservationId: one.reservationId }, 'seat states show these seats as sold somewhat later')
    }
  })
  await Promise.all(noted)
}
