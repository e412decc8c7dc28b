import type { KafkaMessage } from 'kafkajs'

/** The part of a message that consumers look at: as fetched, or as kept in a dead letter. */
export type Message = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'offset'>

/** A message with its place. Topics are named without the prefix. */
export interface Placed {
  readonly topic: string
  readonly partition: number
  readonly message: Message
}
