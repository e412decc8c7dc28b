import type { Logger } from 'pino'
import { describeError, PermanentError } from '../errors.ts'
import type { MessagingMetrics } from '../metrics.ts'
import { backoffMs, delay } from '../wait.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { Arrived } from './admit-events.ts'
import { isPassing } from './is-passing.ts'
import type { Placed } from './placed.ts'
import { readMessage } from './read-message.ts'

/**
 * What became of a message. `parked`: it waits behind a dead letter of its key. `postponed`: something it needs is away, and
 * the offset must stay where it is.
 */
export type Outcome = 'applied' | 'repeated' | 'skipped' | 'parked' | 'dead' | 'postponed'

export interface ProcessOptions {
  readonly group: string
  readonly handled: ReadonlySet<string>
  readonly maxAttempts: number
  readonly log: Logger
  readonly metrics: MessagingMetrics
  readonly signal: AbortSignal
  /** Applies an event in one transaction with its inbox row, or parks it in one. */
  readonly apply: (arrived: Arrived) => Promise<'applied' | 'repeated' | 'parked'>
  /** Keeps a message that cannot be applied, in table and topic; rejects when either is away. */
  readonly bury: (placed: Placed, error: unknown, eventType: string) => Promise<void>
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
  })

  const outcome = await decide()
  count(outcome)
  return outcome

  async function decide(): Promise<Outcome> {
    if (incoming.kind === 'unhandled') return 'skipped'
    if (incoming.kind === 'broken') return giveUp(incoming.error)
    return applyWithRetries(incoming.event)
  }

  async function applyWithRetries(event: OutgoingEvent): Promise<Outcome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await options.apply({ event, placed })
      } catch (error) {
        if (error instanceof PermanentError) return giveUp(error)
        log.warn({ eventId: event.eventId, attempt, err: error }, 'an event was not applied')
        if (attempt >= options.maxAttempts) return isPassing(error) ? 'postponed' : giveUp(error)
        if (options.signal.aborted) return 'postponed'
        count('retried')
        await delay(backoffMs(attempt, retryLimits), options.signal)
      }
    }
  }

  async function giveUp(error: unknown): Promise<Outcome> {
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
