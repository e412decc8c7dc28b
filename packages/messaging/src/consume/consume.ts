import type { EventType, Topic } from '@ticket-queue/contracts/events'
import type { IHeaders, Kafka } from 'kafkajs'
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import { replayLetters } from '../dead-letters/replay-letters.ts'
import {
  type DeadLetter,
  type DeadLetterTargets,
  sendDeadLetter,
  storeDeadLetter,
} from '../dead-letters/write-dead-letter.ts'
import type { MessagingMetrics } from '../metrics.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { EventOf } from '../write-outbox/new-event.ts'
import type { Arrived } from './admit-events.ts'
import { type Applying, applyOnce, applyTogether, letterOf } from './apply-once.ts'
import { countStarts, type Starts, withoutCount } from './count-starts.ts'
import { paceCommits } from './pace-commits.ts'
import { createPatience, endlessPatience, isAnswering, type Patience, patienceMs } from './patience.ts'
import type { Placed } from './placed.ts'
import { createBatchProcessor } from './process-batch.ts'
import type { ConsumerHooks } from './process-message.ts'
import type { Together } from './process-together.ts'
import { type Consumer, superviseConsumer } from './supervise-consumer.ts'
import { watchLag } from './watch-lag.ts'

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
  /** How often the broker is asked how far the group is behind. */
  readonly lagEveryMs?: number
  readonly hooks?: ConsumerHooks
}

export interface ConsumeOptions<DB> extends GroupOptions {
  readonly db: Kysely<DB>
  /** How long nothing but time-outs may keep a message from being applied while the database answers, before it goes to the dead letters. */
  readonly patienceMs?: number
  readonly handlers: Handlers<DB>
  /** Called when effects have been committed, such as to wake the relay of this process for the events among them. */
  readonly afterCommit?: () => void
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

const lagEveryMs = 15_000

/** Requirements: errors are tried three times. */
const attemptsMax = 3

export interface ConsumeParts {
  readonly kafka: Kafka
  readonly letters: DeadLetterTargets
  readonly log: Logger
  readonly metrics: MessagingMetrics
}

/**
 * Starts a member of a group whose effects are in a database: each event is applied once, however often it arrives, and dead
 * letters are replayed when somebody has ordered it.
 */
export function consume<DB>(options: ConsumeOptions<DB>, parts: ConsumeParts): Consumer {
  const { db, group, handlers } = options
  const { together, afterCommit = () => undefined, ...alone } = options
  const applying: Applying<DB> = {
    db,
    group,
    handle: (trx, { event, placed }) =>
      handlerOf<Transaction<DB>>(handlers, event)(trx, event, contextOf(event, placed.message.headers ?? {})),
  }
  const patience = createPatience(() => isAnswering(db), options.patienceMs ?? patienceMs)
  const consumer = startGroup(alone, parts, {
    patience,
    starts: countStarts(db, group, together?.eventsMax ?? 1),
    ...(together === undefined ? {} : { together: togetherOf(applying, together, afterCommit) }),
    apply: async (arrived) => {
      const outcome = await applyOnce(applying, arrived)
      afterCommit()
      return outcome
    },
    bury: (letter) => storeDeadLetter(db, letter, 'OPEN'),
  })
  const { log, metrics } = parts
  const limits = { handled: new Set(Object.keys(handlers)), maxAttempts: options.maxAttempts ?? attemptsMax, patience }
  const replayer = replayLetters({ ...applying, ...limits, log: log.child({ group }), metrics })
  return {
    ready: () => consumer.ready(),
    async close() {
      await Promise.all([consumer.close(), replayer.close()])
    },
  }
}

const togetherOf = <DB>(
  applying: Applying<DB>,
  { eventsMax, takes, apply }: NonNullable<ConsumeOptions<DB>['together']>,
  afterCommit: () => void,
): Together => ({
  eventsMax,
  takes: takes ?? (() => true),
  apply: async (arrived) => {
    const admitted = await applyTogether(applying, apply, arrived)
    afterCommit()
    return admitted
  },
})

/** Starts a member of a group without an inbox: an event may be applied again, and dead letters are in their topic only. */
export function consumeRepeatably(options: ConsumeRepeatablyOptions, parts: ConsumeParts): Consumer {
  return startGroup(options, parts, {
    patience: endlessPatience,
    starts: withoutCount,
    async apply({ event, placed }) {
      const handler = options.handlers[event.eventType] as (
        event: OutgoingEvent,
        context: EventContext,
      ) => Promise<void>
      await handler(event, contextOf(event, placed.message.headers ?? {}))
      return 'applied'
    },
    bury: (letter) => sendDeadLetter(parts.letters, letter.topic, letter, letter),
  })
}

function startGroup(
  options: GroupOptions & { readonly handlers: object },
  parts: ConsumeParts,
  effects: {
    readonly patience: Patience
    readonly starts: Starts
    readonly apply: (arrived: Arrived) => Promise<'applied' | 'repeated' | 'parked'>
    /** Keeps a message that cannot be applied; rejects when it cannot be kept. */
    readonly bury: (letter: DeadLetter) => Promise<void>
    readonly together?: Together
  },
): Consumer {
  const { group, topics } = options
  const { kafka, letters, metrics } = parts
  const { topicPrefix } = letters
  const log = parts.log.child({ group })
  const stopping = new AbortController()
  const bury = (placed: Placed, error: unknown, eventType: string) =>
    effects.bury(letterOf(placed, { error, eventType, group }))
  const commits = paceCommits()
  const eachBatch = createBatchProcessor({
    group,
    log,
    metrics,
    bury,
    apply: effects.apply,
    patience: effects.patience,
    starts: effects.starts,
    commits,
    ...(effects.together === undefined ? {} : { together: effects.together }),
    handled: new Set(Object.keys(options.handlers)),
    maxAttempts: options.maxAttempts ?? attemptsMax,
    signal: stopping.signal,
    topicPrefix,
    hooks: options.hooks ?? {},
  })
  const onJoin = () => {
    effects.starts.forget()
    commits.forget()
  }
  const names = topics.map(({ name }) => name)
  const lag = watchLag({ ...parts, group, topics: names, topicPrefix, log, everyMs: options.lagEveryMs ?? lagEveryMs })
  const consumer = superviseConsumer({
    kafka,
    onJoin,
    beforeLeaving: commits.flush,
    log,
    stopping,
    eachBatch,
    groupId: topicPrefix + group,
    topics: names.map((name) => topicPrefix + name),
  })
  return {
    ready: () => consumer.ready(),
    async close() {
      await Promise.all([consumer.close(), lag.close()])
    },
  }
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
