import type { KafkaMessage } from 'kafkajs'

/** The part of a message that consumers look at: as fetched, or as kept in a dead letter. */
export type Message = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'offset'>

/** A message with its place. Topics are named without the prefix. */
export interface Placed {
  readonly topic: string
  readonly partition: number
  readonly message: Message
}

/**
 * What became of a message. `parked`: it waits behind a dead letter of its key. `postponed`: something it needs is away, and
 * the offset must stay where it is.
 */
export type Outcome = 'applied' | 'repeated' | 'skipped' | 'parked' | 'dead' | 'postponed'
