import { consumerGroups, topics } from '@ticket-queue/contracts/events'
import type { ConsumeOptions, OutgoingEvent } from '@ticket-queue/messaging'
import type { Log } from '@ticket-queue/service-kit'
import type { Deps } from '../dependencies.ts'
import type { Database } from '../store/database.ts'
import { applySales, type SaleEvent } from './apply-sales.ts'

type Group = ConsumeOptions<Database>
type ConsumerDeps = Pick<Deps, 'db' | 'cache'> & { log: Log }

/** Enough for one flush to cost little; after a start so many of each partition go one by one (`count-starts.ts`). */
const eventsMax = 25

/** The group that sells what has been paid. Payments that fail or are refunded change no seat: a cancelled reservation does. */
export const paymentGroup = (deps: ConsumerDeps): Group => ({
  group: consumerGroups.eventPayment,
  topics: [topics.payment],
  db: deps.db,
  handlers: {
    PaymentSuccess: (trx, event) => applySales(deps, trx, [event]),
  },
  together: togetherOf(deps),
})

/** The group that follows reservations: confirmed ones keep their seats, cancelled ones give them back, at once or later. */
export const reservationGroup = (deps: ConsumerDeps): Group => ({
  group: consumerGroups.eventReservation,
  topics: [topics.reservation],
  db: deps.db,
  handlers: {
    ReservationConfirmed: (trx, event) => applySales(deps, trx, [event]),
    ReservationCancelled: (trx, event) => applySales(deps, trx, [event]),
    SeatsReleased: (trx, event) => applySales(deps, trx, [event]),
  },
  together: togetherOf(deps),
})

/** Events of one partition in one transaction: a few statements for all, and one count of the seats that are left. */
const togetherOf = (deps: ConsumerDeps): NonNullable<Group['together']> => ({
  eventsMax,
  takes: isPlain,
  apply: (trx, events) => applySales(deps, trx, events.filter(isPlain)),
})

/** Withheld seats depend on what came before: their events have their place. */
const isPlain = (event: OutgoingEvent): event is Exclude<SaleEvent, { eventType: 'SeatsReleased' }> =>
  event.eventType === 'PaymentSuccess' ||
  event.eventType === 'ReservationConfirmed' ||
  (event.eventType === 'ReservationCancelled' && (event.payload.withheldSeatIds ?? []).length === 0)
