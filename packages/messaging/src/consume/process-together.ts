import type { IHeaders, KafkaMessage } from 'kafkajs'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import type { Outcome } from './process-message.ts'
import { readMessage } from './read-message.ts'

/** An event with what came beside it. */
export interface Arrived {
  readonly event: OutgoingEvent
  readonly headers: IHeaders
}

/** How a group applies several events of a partition in one transaction. */
export interface Together {
  readonly eventsMax: number
  /** Applies them with their inbox rows, all or none, and gives the IDs of those that were not repeats. */
  readonly apply: (arrived: readonly Arrived[]) => Promise<ReadonlySet<string>>
}

/** What became of a message, and its type for the figures. */
export interface Finished {
  readonly message: KafkaMessage
  readonly type: string
  readonly outcome: Extract<Outcome, 'applied' | 'repeated' | 'skipped'>
}

/**
 * Applies the first messages of a list together, up to the first that cannot be read, and gives what became of each. Null when there is
 * nothing to gain, or when it failed: nothing has been done then, and one by one shows which of them is at fault.
 */
export async function processTogether(
  { eventsMax, apply }: Together,
  messages: readonly KafkaMessage[],
  { handled, log }: { readonly handled: ReadonlySet<string>; readonly log: Logger },
): Promise<Finished[] | null> {
  const read = readUntilBroken(messages.slice(0, eventsMax), handled)
  const arrived = read.flatMap(({ message, event }) =>
    event === null ? [] : [{ event, headers: message.headers ?? {} }],
  )
  if (arrived.length < 2) return null
  try {
    const fresh = new Set(await apply(arrived))
    return read.map(({ message, event, type }) => {
      if (event === null) return { message, type, outcome: 'skipped' }
      // Of an event that came twice the second is the repeat.
      return { message, type, outcome: fresh.delete(event.eventId) ? 'applied' : 'repeated' }
    })
  } catch (error) {
    log.warn({ events: arrived.length, reason: describeError(error) }, 'events are applied one by one instead')
    return null
  }
}

function readUntilBroken(messages: readonly KafkaMessage[], handled: ReadonlySet<string>) {
  const read: { message: KafkaMessage; event: OutgoingEvent | null; type: string }[] = []
  for (const message of messages) {
    const incoming = readMessage(message.value, handled)
    if (incoming.kind === 'broken') break
    const event = incoming.kind === 'event' ? incoming.event : null
    read.push({ message, event, type: event?.eventType ?? (incoming.kind === 'unhandled' ? incoming.eventType : '') })
  }
  return read
}
