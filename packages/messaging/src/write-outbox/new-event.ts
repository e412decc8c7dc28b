import { type EventType, events } from '@ticket-queue/contracts/events'
import { v7 as uuidv7 } from 'uuid'
import type { z } from 'zod'

/** An event of one type as it travels: envelope and payload (data.md, Envelope). */
export type EventOf<Type extends EventType> = z.infer<(typeof events)[Type]['schema']>

/** What the caller knows about a new event. `causationId` is the ID of the event that led to this one. */
export interface EventFacts<Type extends EventType> {
  readonly aggregateId: string
  readonly payload: EventOf<Type>['payload']
  readonly correlationId: string
  readonly causationId?: string | null
  readonly userId?: string | null
}

/**
 * Gives the envelope around a payload: a fresh UUID v7 as event ID, the aggregate type and version from the contract,
 * and a time stamp that informs readers and decides nothing. `addToOutbox` checks it.
 */
export function newEvent<Type extends EventType>(eventType: Type, facts: EventFacts<Type>): EventOf<Type> {
  const { aggregateType, version } = events[eventType].schema.shape
  const envelope = {
    eventId: uuidv7(),
    eventType,
    aggregateId: facts.aggregateId,
    aggregateType: aggregateType.value,
    version: version.value,
    timestamp: new Date().toISOString(),
    metadata: {
      correlationId: facts.correlationId,
      causationId: facts.causationId ?? null,
      userId: facts.userId ?? null,
    },
    payload: facts.payload,
  }
  return envelope as EventOf<Type>
}
