import type { Topic } from '@ticket-queue/contracts/events'
import type { IHeaders, Message } from 'kafkajs'
import { type Kysely, sql } from 'kysely'
import { describeError } from '../errors.ts'
import { isMessageFault, messageBytesMax, type Sender } from '../kafka/create-sender.ts'
import { headerTexts, keyText } from './letter-text.ts'

/** A message that is not applied now, with all that is needed to see why and to send it again. */
export interface DeadLetter {
  readonly topic: Topic
  readonly partition: number
  readonly offset: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: IHeaders
  readonly eventType: string
  readonly error: unknown
  readonly group: string
}

/** What stands in the row of a message that is parked. */
export const waitsBehind = 'waits behind a dead letter of its key'

/** Where dead letters of a process go. Names in rows are without the prefix, so that they read the same everywhere. */
export interface DeadLetterTargets {
  readonly sender: Sender
  readonly topicPrefix: string
}

/**
 * Writes the row of a letter unless a try before a crash, or another member, has written it already: OPEN waits for a person, PARKED for the
 * letters of its key before it. An open one is due in its topic (`copyLetters`). Rejects when the database is away, and the caller
 * must then not move its offset on.
 */
export async function storeDeadLetter<DB>(
  db: Kysely<DB>,
  letter: DeadLetter,
  status: 'OPEN' | 'PARKED',
): Promise<void> {
  const { topic, partition, offset, group } = letter
  await sql`
    insert into dead_letters (topic, partition, "offset", key, value, headers, event_type, error, consumer_group, status,
      copy_due)
    values (${topic.name}, ${partition}::integer, ${offset}::bigint, ${keyText(letter.key)}, ${letter.value}::bytea,
      ${JSON.stringify(headerTexts(letter.headers))}::jsonb, ${letter.eventType}, ${describeError(letter.error)}, ${group},
      ${status}, ${status === 'OPEN'}::boolean)
    on conflict (service, consumer_group, topic, partition, "offset") do nothing`.execute(db)
}

/**
 * Sends a message to the dead letter topic of its topic, with its origin and error as headers; a topic without one gets none.
 * A value too large for the topic is left out: the header dlq-value says so, and the row has it.
 */
export async function sendDeadLetter(
  targets: DeadLetterTargets,
  topic: Topic,
  message: Pick<DeadLetter, 'value' | 'headers'> & { readonly key: Buffer | string | null },
  origin: { readonly error: unknown; readonly group?: string; readonly partition?: number; readonly offset?: string },
): Promise<void> {
  if (topic.deadLetterTopic === undefined) return
  const headers = {
    ...message.headers,
    'dlq-topic': topic.name,
    'dlq-error': describeError(origin.error),
    ...(origin.group === undefined ? {} : { 'dlq-consumer-group': origin.group }),
    ...(origin.partition === undefined ? {} : { 'dlq-partition': String(origin.partition) }),
    ...(origin.offset === undefined ? {} : { 'dlq-offset': origin.offset }),
  }
  const target = targets.topicPrefix + topic.deadLetterTopic
  const short = { key: message.key, value: null, headers: { ...headers, 'dlq-value': 'left out, see dead_letters' } }
  const send = (sent: Message) => targets.sender.send([{ topic: target, messages: [sent] }])
  if (message.value !== null && Buffer.byteLength(message.value) > messageBytesMax) return send(short)
  try {
    await send({ key: message.key, value: message.value, headers })
  } catch (error) {
    if (!isMessageFault(error)) throw error
    await send(short)
  }
}
