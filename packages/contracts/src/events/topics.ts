/** A Kafka topic as the topics job creates it; `deadLetterTopic` takes what a consumer of it cannot apply. */
export interface Topic {
  readonly name: string
  readonly partitions: number
  readonly retentionMs: number
  readonly deadLetterTopic?: string
}

const dayMs = 24 * 60 * 60 * 1000

/** Every topic with its partitions and retention (requirements.md, Cross-cutting; data.md, Kafka). */
export const topics = {
  payment: { name: 'payment.events', partitions: 3, retentionMs: 3 * dayMs, deadLetterTopic: 'dlq.payment' },
  reservation: {
    name: 'reservation.events',
    partitions: 3,
    retentionMs: 3 * dayMs,
    deadLetterTopic: 'dlq.reservation',
  },
  event: { name: 'event.events', partitions: 3, retentionMs: 3 * dayMs, deadLetterTopic: 'dlq.event' },
  queue: { name: 'queue.events', partitions: 3, retentionMs: 30 * dayMs },
  deadPayment: { name: 'dlq.payment', partitions: 1, retentionMs: 7 * dayMs },
  deadReservation: { name: 'dlq.reservation', partitions: 1, retentionMs: 7 * dayMs },
  deadEvent: { name: 'dlq.event', partitions: 1, retentionMs: 7 * dayMs },
} as const satisfies Record<string, Topic>

/** Consumer group names, as operators type them (data.md, Kafka). */
export const consumerGroups = {
  reservationPayment: 'reservation-payment-consumer',
  eventPayment: 'event-payment-consumer',
  eventReservation: 'event-reservation-consumer',
  paymentReservation: 'payment-reservation-consumer',
  reservationEvent: 'reservation-event-consumer',
  queueEvent: 'queue-event-consumer',
  queueReservation: 'queue-reservation-consumer',
} as const
