import { randomUUID } from 'node:crypto'
import type { KafkaMessage } from 'kafkajs'
import type { Generated, Kysely } from 'kysely'
import { addToOutbox } from './write-outbox/add-to-outbox.ts'
import { type EventOf, newEvent } from './write-outbox/new-event.ts'

export type { EventOf }

/** The tables of `common` as these tests look at them. */
export interface MessageTables {
  outbox_events: {
    id: string
    seq: Generated<number>
    topic: string
    key: string
    aggregate_type: string
    aggregate_id: string
    event_type: string
    payload: unknown
    headers: unknown
    published: Generated<boolean>
    published_at: Date | null
    retry_count: Generated<number>
    last_error: string | null
  }
  processed_events: { event_id: string; consumer_group: string; processed_at: Date }
  dead_letters: {
    id: Generated<string>
    status: Generated<'OPEN' | 'PARKED' | 'REPLAYED' | 'DISCARDED'>
    event_type: string | null
    topic: string
    partition: number | null
    offset: number | null
    key: string | null
    value: Buffer | null
    headers: Record<string, string>
    error: string
    consumer_group: string | null
    starts: Generated<number>
    copy_due: Generated<boolean>
  }
  dead_letter_orders: {
    letter_id: string
    service: string
    action: 'REPLAY' | 'DISCARD'
    ordered_by: string
    outcome: 'DONE' | 'FAILED' | 'CANCELLED' | null
    error: string | null
    ordered_at: Generated<Date>
    carried_out_at: Date | null
    cancelled_by: string | null
  }
  effects: { event_id: string }
}

/** Gives a payment's failure; `reason` numbers it where order matters. */
export function paymentFailed(reason = 'declined', reservationId: string = randomUUID()): EventOf<'PaymentFailed'> {
  const paymentId = randomUUID()
  const [userId, scheduleId] = [randomUUID(), randomUUID()]
  return newEvent('PaymentFailed', {
    aggregateId: paymentId,
    payload: { paymentId, reservationId, userId, scheduleId, amount: 154_000, reason },
    correlationId: 'request-1',
  })
}

/** Commits events in one transaction each. */
export async function commitEach(
  db: Kysely<MessageTables>,
  events: readonly EventOf<'PaymentFailed'>[],
): Promise<void> {
  for (const event of events) await db.transaction().execute((trx) => addToOutbox(trx, event))
}

/** Gives the event IDs of messages, in order. */
export const eventIds = (messages: readonly KafkaMessage[]): string[] =>
  messages.map((message) => bodyOf(message).eventId)

/** Gives the event in a message. */
export const bodyOf = (message: KafkaMessage): EventOf<'PaymentFailed'> => JSON.parse(String(message.value))

/** Gives the reasons of a reservation's failures in the order of their arrival, each at its first. */
export const reasonsOf = (messages: readonly KafkaMessage[], reservationId: string): string[] => {
  const own = messages.map(bodyOf).filter(({ payload }) => payload.reservationId === reservationId)
  return [...new Set(own.map(({ payload }) => payload.reason))]
}
