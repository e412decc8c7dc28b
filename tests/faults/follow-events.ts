import { randomUUID } from 'node:crypto'
import { type EventType, events, topics } from '@ticket-queue/contracts/events'
import { createMessaging, type RepeatableHandlers } from '@ticket-queue/messaging'
import type { System } from '@ticket-queue/scripts/system'
import { createLog } from '@ticket-queue/service-kit'
import { sql } from 'kysely'
import type { Books } from '../invariants/books.ts'
import type { Finding, Rule } from '../invariants/rule.ts'

/** The events of the purchase as they arrive from Kafka, by a consumer group of the test's own. */
export interface FollowedEvents {
  /** E1 and E3 of reliability.md. */
  readonly rule: Rule
  close(): Promise<void>
}

const followed = [topics.payment, topics.reservation]

/** Follows payment.events and reservation.events of a system from their first message on, whoever has followed them before. */
export async function followEvents({ plan }: Pick<System, 'plan'>): Promise<FollowedEvents> {
  const { kafkaBrokers: brokers, topicPrefix } = plan
  const messaging = createMessaging({ brokers, topicPrefix, clientId: 'faults', log: createLog('faults', 'silent') })
  /** In the order of their first arrival, which is that of the topic for events of one key. */
  const arrived = new Set<string>()
  const types = (Object.keys(events) as EventType[]).filter((type) =>
    followed.some((one) => one === events[type].topic),
  )
  const keep = async ({ eventId }: { eventId: string }) => void arrived.add(eventId)
  const handlers: RepeatableHandlers = Object.fromEntries(types.map((type) => [type, keep]))
  await messaging.consumeRepeatably({ group: `faults-follower-${randomUUID()}`, topics: followed, handlers })
  return {
    rule: {
      name: 'what is in Kafka is what was committed, in the order of each reservation',
      check: (books) => compare(books, [...arrived]),
    },
    close: () => messaging.close(),
  }
}

async function compare(books: Books, arrived: readonly string[]): Promise<Finding> {
  const { rows } = await sql<{ id: string; type: string; lane: string }>`
    SELECT id, event_type AS type, topic || ' ' || key AS lane FROM common.outbox_events
    WHERE topic = ANY(${followed.map(({ name }) => name)}::text[]) ORDER BY seq`.execute(books.database.db)
  const place = new Map(arrived.map((id, index) => [id, index]))
  const committed = new Set(rows.map(({ id }) => id))
  const missing = rows.filter(({ id }) => !place.has(id)).map(({ id, type }) => `${type} ${id} is not in Kafka`)
  const invented = arrived.filter((id) => !committed.has(id)).map((id) => `event ${id} was never committed`)
  const last = new Map<string, number>()
  const early = rows.flatMap(({ id, type, lane }) => {
    const at = place.get(id) ?? -1
    const before = last.get(lane) ?? -1
    last.set(lane, Math.max(at, before))
    return at >= 0 && at < before ? [`${type} ${id} of ${lane} came before one that was written earlier`] : []
  })
  return { examined: rows.length, violations: [...missing, ...invented, ...early] }
}
