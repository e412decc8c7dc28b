import { eventCancelledSchema, scheduleUpdatedSchema } from './event-events.ts'
import { paymentFailedSchema, paymentRefundedSchema, paymentSuccessSchema } from './payment-events.ts'
import * as queue from './queue-events.ts'
import type { Contract } from './read-event.ts'
import {
  reservationCancelledSchema,
  reservationConfirmedSchema,
  seatsReleasedSchema,
  waitingListOfferedSchema,
} from './reservation-events.ts'
import { type Topic, topics } from './topics.ts'

export * from './envelope.ts'
export * from './event-events.ts'
export * from './payment-events.ts'
export * from './queue-events.ts'
export * from './read-event.ts'
export * from './reservation-events.ts'
export * from './topics.ts'

/** Every event type with the topic it travels on and the schema it is parsed with, on publish and on consume, and what else consumers accept. */
export const events = {
  PaymentSuccess: { topic: topics.payment, schema: paymentSuccessSchema },
  PaymentFailed: { topic: topics.payment, schema: paymentFailedSchema },
  PaymentRefunded: { topic: topics.payment, schema: paymentRefundedSchema },
  ReservationConfirmed: { topic: topics.reservation, schema: reservationConfirmedSchema },
  ReservationCancelled: {
    topic: topics.reservation,
    schema: reservationCancelledSchema,
    unknownValues: { reason: 'OTHER' },
  },
  WaitingListOffered: { topic: topics.reservation, schema: waitingListOfferedSchema },
  SeatsReleased: { topic: topics.reservation, schema: seatsReleasedSchema },
  EventCancelled: { topic: topics.event, schema: eventCancelledSchema },
  ScheduleUpdated: { topic: topics.event, schema: scheduleUpdatedSchema, unknownValues: { status: 'OTHER' } },
  QueueEpochBegan: { topic: topics.queue, schema: queue.queueEpochBeganSchema },
  QueueJoined: { topic: topics.queue, schema: queue.queueJoinedSchema },
  QueueAdmitted: { topic: topics.queue, schema: queue.queueAdmittedSchema },
  QueueExpired: { topic: topics.queue, schema: queue.queueExpiredSchema },
  QueueLeft: { topic: topics.queue, schema: queue.queueLeftSchema },
  QueueNoShow: { topic: topics.queue, schema: queue.queueNoShowSchema },
  QueuePaused: { topic: topics.queue, schema: queue.queuePausedSchema },
  QueueResumed: { topic: topics.queue, schema: queue.queueResumedSchema },
  QueueReconfigured: { topic: topics.queue, schema: queue.queueReconfiguredSchema },
  QueueClosed: { topic: topics.queue, schema: queue.queueClosedSchema },
  QueueReopened: { topic: topics.queue, schema: queue.queueReopenedSchema },
  QueueDrawClosed: { topic: topics.queue, schema: queue.queueDrawClosedSchema },
  QueueDrawn: { topic: topics.queue, schema: queue.queueDrawnSchema },
  QueueDrawPublished: { topic: topics.queue, schema: queue.queueDrawPublishedSchema },
  QueueDrawVoided: { topic: topics.queue, schema: queue.queueDrawVoidedSchema },
} as const satisfies Record<string, Contract>

export type EventType = keyof typeof events

/** The Kafka key of an event: the reservation or, for the catalogue, the schedule, so that all events of one stay in order (data.md, Kafka). */
export const eventKey = (event: { eventType: string; payload: unknown }): string => {
  const payload = event.payload as { reservationId?: string; scheduleId: string }
  return payload.reservationId ?? payload.scheduleId
}

export type { Topic }
