import type { EventType, Topic } from '@ticket-queue/contracts/events'
import { inTransaction } from '@ticket-queue/database'
import type { IHeaders, Kafka } from 'kafkajs'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import {
  type DeadLetter,
  type DeadLetterTargets,
  sendDeadLetter,
  storeDeadLetter,
} from '../dead-letters/write-dead-letter.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { findTopic } from '../topics/find-topic.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { EventOf } from '../write-outbox/new-event.ts'
import { once, onceEach } from './once.ts'
import { type ConsumerHooks, createBatchProcessor } from './process-batch.ts'
import type { Placed } from './process-message.ts'
import type { Together } from './process-together.ts'
import { type Consumer, superviseConsumer } from './supervise-consumer.ts'

/** What comes with an event besides itself. */
export interface EventContext {
  /** The request that began it all (header x-request-id). */
  readonly requestId: string
  /** The W3C trace context, if the publisher had one. */
  readonly traceparent?: string
}

/** One function per event type that the group handles; each runs in one transaction with the inbox row. */
export type Handlers<DB> = {
  readonly [Type in EventType]?: (trx: Transaction<DB>, event: EventOf<Type>, context: EventContext) => Promise<void>
}

/** Handlers of a service without a database. Each must give the same result when it runs again with the same event. */
export type RepeatableHandlers = {
  readonly [Type in EventType]?: (event: EventOf<Type>, context: EventContext) => Promise<void>
}

interface GroupOptions {
  readonly group: string
  readonly topics: readonly Topic[]
  /** How often an error of the handler is tried before the message goes to the dead letters. */
  readonly maxAttempts?: number
  readonly hooks?: ConsumerHooks
}

export interface ConsumeOptions<DB> extends GroupOptions {
  readonly db: Kysely<DB>
  readonly handlers: Handlers<DB>
  /** For a group that can apply many events at less cost than each alone, to the same effect. */
  readonly together?: {
    /** The most in one transaction. */
    readonly eventsMax: number
    /** Says of which events this can be done; another one goes through its handler, in its place. All if absent. */
    readonly takes?: (event: OutgoingEvent) => boolean
    /**
     * Applies the events of one partition, in order and without repeats, in one transaction with their inbox rows. If it
     * throws, none has been applied, and each is given to its handler alone: that decides on retries and dead letters.
     */
    readonly apply: (trx: Transaction<DB>, events: readonly OutgoingEvent[]) => Promise<void>
  }
}

export interface ConsumeRepeatablyOptions extends GroupOptions {
  readonly handlers: RepeatableHandlers
}

export interface ConsumeParts {
  readonly kafka: Kafka
  readonly letters: DeadLetterTargets
  readonly log: Logger
  readonly metrics: MessagingMetrics
}

/** Starts a member of a group whose effects are in a database: each event is applied once, however often it arrives. */
export function consume<DB>(options: ConsumeOptions<DB>, parts: ConsumeParts): Consumer {
  const { db, group, handlers } = options
  const { together, ...alone } = options
  return startGroup(alone, parts, {
    ...(together === undefined ? {} : { together: inOneTransaction(db, group, together) }),
    apply: (event, headers) =>
      inTransaction(db, async (trx) => {
        if (!(await once(trx, event, group))) return 'repeated'
        await handlerOf<Transaction<DB>>(handlers, event)(trx, event, contextOf(event, headers))
        return 'applied'
      }),
    store: (letter) => storeDeadLetter(db, letter),
  })
}

const inOneTransaction = <DB>(
  db: Kysely<DB>,
  group: string,
  { eventsMax, takes, apply }: NonNullable<ConsumeOptions<DB>['together']>,
): Together => ({
  eventsMax,
  takes: takes ?? (() => true),
  apply: (arrived) =>
    inTransaction(db, async (trx) => {
      const events = arrived.map(({ event }) => event)
      const fresh = await onceEach(trx, events, group)
      const unseen = new Set(fresh)
      const firsts = events.filter(({ eventId }) => unseen.delete(eventId))
      if (firsts.length > 0) await apply(trx, firsts)
      return fresh
    }),
})

/** Starts a member of a group without an inbox: an event may be applied again, and dead letters are in their topic only. */
export function consumeRepeatably(options: ConsumeRepeatablyOptions, parts: ConsumeParts): Consumer {
  return startGroup(options, parts, {
    async apply(event, headers) {
      const handler = options.handlers[event.eventType] as (
        event: OutgoingEvent,
        context: EventContext,
      ) => Promise<void>
      await handler(event, contextOf(event, headers))
      return 'applied'
    },
    store: async () => undefined,
  })
}

function startGroup(
  options: GroupOptions & { readonly handlers: object },
  parts: ConsumeParts,
  effects: {
    readonly apply: (event: OutgoingEvent, headers: IHeaders) => Promise<'applied' | 'repeated'>
    readonly store: (letter: DeadLetter) => Promise<void>
    readonly together?: Together
  },
): Consumer {
  const { group, topics } = options
  const { kafka, letters, metrics } = parts
  const log = parts.log.child({ group })
  const stopping = new AbortController()
  const bury = async ({ topic, partition, message }: Placed, error: unknown) => {
    const { key, offset, value, headers = {} } = message
    const letter = { topic: findTopic(topic), partition, offset, key, value, headers, error, group }
    // The row first: a crash between the two repeats the topic's message, and the row knows that it is there.
    await effects.store(letter)
    await sendDeadLetter(letters, letter.topic, { key, value, headers }, letter)
  }
  const eachBatch = createBatchProcessor({
    group,
    log,
    metrics,
    bury,
    apply: effects.apply,
    ...(effects.together === undefined ? {} : { together: effects.together }),
    handled: new Set(Object.keys(options.handlers)),
    maxAttempts: options.maxAttempts ?? 3,
    signal: stopping.signal,
    topicPrefix: letters.topicPrefix,
    hooks: options.hooks ?? {},
  })
  // A partition may have gone to another process, whose figure would otherwise stand beside a stale one.
  const onJoin = () => {
    for (const topic of topics) {
      for (let partition = 0; partition < topic.partitions; partition += 1) {
        metrics.lag.remove({ group, topic: topic.name, partition })
      }
    }
  }
  return superviseConsumer({
    kafka,
    onJoin,
    log,
    stopping,
    eachBatch,
    groupId: letters.topicPrefix + group,
    topics: topics.map((topic) => letters.topicPrefix + topic.name),
  })
}

/** The map's keys say which event each function takes, which TypeScript cannot follow through a lookup. */
function handlerOf<First>(handlers: object, event: OutgoingEvent) {
  type Handler = (first: First, event: OutgoingEvent, context: EventContext) => Promise<void>
  return (handlers as Record<string, Handler>)[event.eventType] as Handler
}

function contextOf(event: OutgoingEvent, headers: IHeaders): EventContext {
  const traceparent = headers['traceparent']?.toString()
  return {
    requestId: headers['x-request-id']?.toString() ?? event.metadata.correlationId,
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}
