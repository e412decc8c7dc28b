import type { Logger } from 'pino'
import { describeError, PermanentError } from '../errors.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { backoffMs, delay } from '../wait.ts'
import type { Arrived } from './admit-events.ts'
import type { Starts } from './count-starts.ts'
import { isPassing } from './is-passing.ts'
import type { Patience } from './patience.ts'
import type { Outcome, Placed } from './placed.ts'
import { readMessage } from './read-message.ts'

export interface ProcessOptions {
  readonly group: string
  readonly handled: ReadonlySet<string>
  readonly maxAttempts: number
  readonly log: Logger
  readonly metrics: MessagingMetrics
  readonly signal: AbortSignal
  readonly patience: Patience
  readonly starts: Pick<Starts, 'begin' | 'end'>
  readonly hooks?: ConsumerHooks
  /** Applies an event in one transaction with its inbox row, or parks it in one. */
  readonly apply: (arrived: Arrived) => Promise<'applied' | 'repeated' | 'parked'>
  /** Keeps a message that cannot be applied, in the table or, without one, in the topic; rejects when that is away. */
  readonly bury: (placed: Placed, error: unknown, eventType: string) => Promise<void>
}

/** Called at the named points of a message; what they throw is what a crash there would do. */
export interface ConsumerHooks {
  /** The start has been counted, nothing has been applied. */
  afterStart?(placed: Placed): Promise<void>
  /** The effect is committed, the offset is not. */
  afterEffect?(outcome: Outcome, placed: Placed): Promise<void>
}

const retryLimits = { firstMs: 100, lastMs: 2000 }

/** Brings one message to its outcome; never rejects for reasons of the message or of what it needs. */
export async function processMessage(options: ProcessOptions, placed: Placed): Promise<Outcome> {
  const incoming = readMessage(placed.message.value, options.handled)
  const type = incoming.kind === 'event' ? incoming.event.eventType : incoming.eventType
  const count = (outcome: Outcome | 'retried') => options.metrics.consumed.inc({ group: options.group, type, outcome })
  const log = options.log.child({
    topic: placed.topic,
    partition: placed.partition,
    offset: placed.message.offset,
    type,
    ...(incoming.kind === 'event' ? { eventId: incoming.event.eventId } : {}),
  })

  const outcome = await decide()
  if (outcome !== 'postponed') options.patience.forget(placed)
  await options.starts
    .end(placed, outcome)
    .catch((error: unknown) => log.debug({ err: error }, 'a start stays counted'))
  count(outcome)
  return outcome

  async function decide(): Promise<Outcome> {
    if (incoming.kind === 'unhandled') return 'skipped'
    if (incoming.kind === 'broken') return giveUp(incoming.error)
    const arrived: Arrived = { event: incoming.event, placed }
    const notBegun = await withRetries(async () => void (await options.starts.begin(arrived)))
    if (notBegun !== undefined) return notBegun
    await options.hooks?.afterStart?.(placed)
    return withRetries(() => options.apply(arrived))
  }

  async function withRetries<T>(work: () => Promise<T>): Promise<T | 'dead' | 'postponed'> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        if (error instanceof PermanentError) return giveUp(error)
        log.warn({ attempt, err: error }, 'an event was not applied')
        if (attempt >= options.maxAttempts) {
          const isToWait = isPassing(error) && (await options.patience.mayWait(placed, error))
          return isToWait ? 'postponed' : giveUp(error)
        }
        if (options.signal.aborted) return 'postponed'
        count('retried')
        await delay(backoffMs(attempt, retryLimits), options.signal)
      }
    }
  }

  async function giveUp(error: unknown): Promise<'dead' | 'postponed'> {
    try {
      await options.bury(placed, error, type)
    } catch (away) {
      log.warn({ err: away }, 'a dead letter could not be written and waits')
      return 'postponed'
    }
    options.metrics.deadLetters.inc({ origin: options.group, topic: placed.topic, type })
    log.error({ reason: describeError(error) }, 'a message went to the dead letters')
    return 'dead'
  }
}
