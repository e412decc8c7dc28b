import { consumerGroups, topics } from '@ticket-queue/contracts/events'
import type { ConsumeOptions } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { cancelUnpaidConsumer } from './cancel-unpaid/cancel-unpaid.consumer.ts'
import { confirmReservationConsumer, confirmTogether } from './confirm-reservation/confirm-reservation.consumer.ts'
import { endRefundedConsumer } from './end-refunded/end-refunded.consumer.ts'
import { recordCancellation } from './end-with-event/record-cancellation.consumer.ts'
import { recordShowTime } from './record-show-time/record-show-time.consumer.ts'
import type { Database } from './store/database.ts'

/** What this service does when payment says how a payment has ended. */
export function paymentGroup(deps: {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}): ConsumeOptions<Database> {
  return {
    db: deps.db,
    group: consumerGroups.reservationPayment,
    topics: [topics.payment],
    handlers: {
      PaymentSuccess: confirmReservationConsumer(deps),
      PaymentFailed: cancelUnpaidConsumer(deps),
      PaymentRefunded: endRefundedConsumer(deps),
    },
    together: confirmTogether(deps),
    afterCommit: deps.wakeRelay,
  }
}

/** What this service does when the event service calls a show off or moves it. */
export function eventGroup(deps: { readonly db: Kysely<Database> }): ConsumeOptions<Database> {
  return {
    db: deps.db,
    group: consumerGroups.reservationEvent,
    topics: [topics.event],
    handlers: { EventCancelled: recordCancellation, ScheduleUpdated: recordShowTime },
  }
}
