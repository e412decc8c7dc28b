import { consumerGroups, topics } from '@ticket-queue/contracts/events'
import type { ConsumeOptions } from '@ticket-queue/messaging'
import type { Log } from '@ticket-queue/service-kit'
import type { Deps } from '../dependencies.ts'
import type { Database } from '../store/database.ts'
import { applySale } from './apply-sale.ts'

type Group = ConsumeOptions<Database>
type ConsumerDeps = Pick<Deps, 'db' | 'cache'> & { log: Log }

/** The group that sells what has been paid. Payments that fail or are refunded change no seat: a cancelled reservation does. */
export const paymentGroup = (deps: ConsumerDeps): Group => ({
  group: consumerGroups.eventPayment,
  topics: [topics.payment],
  db: deps.db,
  handlers: {
    PaymentSuccess: (trx, event) => applySale(deps, trx, event),
  },
})

/** The group that follows reservations: confirmed ones keep their seats, cancelled ones give them back, at once or later. */
export const reservationGroup = (deps: ConsumerDeps): Group => ({
  group: consumerGroups.eventReservation,
  topics: [topics.reservation],
  db: deps.db,
  handlers: {
    ReservationConfirmed: (trx, event) => applySale(deps, trx, event),
    ReservationCancelled: (trx, event) => applySale(deps, trx, event),
    SeatsReleased: (trx, event) => applySale(deps, trx, event),
  },
})
