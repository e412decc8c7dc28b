import type { KafkaMessage } from 'kafkajs'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { Admitted, Arrived } from './admit-events.ts'
import type { Outcome } from './placed.ts'
import { readMessage } from './read-message.ts'

/** How a group applies several events of a partition in one transaction. */
export interface Together {
  readonly eventsMax: number
  readonly takes: (event: OutgoingEvent) => boolean
  /** Applies them with their inbox rows and parks those that must wait, all or none, and gives what was done with which. */
  readonly apply: (arrived: readonly Arrived[]) => Promise<Admitted>
}

/** What became of a message, and its type for the figures. */
export interface Finished {
  readonly message: KafkaMessage
  readonly type: string
  readonly outcome: Extract<Outcome, 'applied' | 'repeated' | 'skipped' | 'parked'>
}

/**
 * Applies the first messages of a list together, up to the first that cannot be read or must be alone, and gives what became of
 * each: none when there are not two. `failed`: nothing has been done, and one by one shows which of them is at fault.
 */
export async function processTogether(
  together: Together,
  messages: readonly KafkaMessage[],
  from: { readonly topic: string; readonly partition: number },
  { handled, log }: { readonly handled: ReadonlySet<string>; readonly log: Logger },
): Promise<Finished[] | 'failed'> {
  const read = readFitting(messages.slice(0, together.eventsMax), handled, together.takes)
  const placed = read.map(({ message, event, type }) => {
    const arrived: Arrived | null = event === null ? null : { event, placed: { ...from, message } }
    return { message, type, arrived }
  })
  const arrived = placed.flatMap((one) => one.arrived ?? [])
  if (arrived.length < 2) return []
  try {
    const { fresh, behind } = await together.apply(arrived)
    const firsts = new Set(fresh)
    return placed.map(({ message, type, arrived: one }) => {
      if (one === null) return { message, type, outcome: 'skipped' }
      if (behind.has(one)) return { message, type, outcome: 'parked' }
      // Of an event that came twice the second is the repeat.
      return { message, type, outcome: firsts.delete(one.event.eventId) ? 'applied' : 'repeated' }
    })
  } catch (error) {
    log.warn({ events: arrived.length, reason: describeError(error) }, 'events are applied one by one instead')
    return 'failed'
  }
}

function readFitting(messages: readonly KafkaMessage[], handled: ReadonlySet<string>, takes: Together['takes']) {
  const read: { message: KafkaMessage; event: OutgoingEvent | null; type: string }[] = []
  for (const message of messages) {
    const incoming = readMessage(message.value, handled)
    if (incoming.kind === 'broken' || (incoming.kind === 'event' && !takes(incoming.event))) break
    if (incoming.kind === 'event') read.push({ message, event: incoming.event, type: incoming.event.eventType })
    else read.push({ message, event: null, type: incoming.eventType })
  }
  return read
}
