import { anyEnvelopeSchema } from '@ticket-queue/contracts/events'
import type { IHeaders, TopicMessages } from 'kafkajs'
import { isMessageFault, messageBytesMax, type Sender } from '../kafka/create-sender.ts'
import type { OutboxRow } from './outbox-rows.ts'

/** What became of a batch. Rows in neither list wait behind a refused row of their key. */
export interface Delivery {
  readonly sent: OutboxRow[]
  readonly refused: { readonly row: OutboxRow; readonly error: unknown }[]
}

/**
 * Sends rows so that the order per key holds. When the broker refuses a batch because of a message in it, halves of it are
 * sent until the message at fault stands alone; the rows behind it of the same key wait, all others go on.
 * Rows refused before are sent one by one, so that they cost the others nothing.
 * Rejects, with no row blamed, when the broker is away: some rows may have arrived, and all will be sent again.
 */
export async function deliverRows(sender: Sender, topicPrefix: string, rows: readonly OutboxRow[]): Promise<Delivery> {
  const delivery: Delivery = { sent: [], refused: [] }
  const heldKeys = new Set<string>()
  const refuse = (row: OutboxRow, error: unknown) => {
    delivery.refused.push({ row, error })
    heldKeys.add(laneOf(row))
  }

  const attempt = async (part: readonly OutboxRow[]): Promise<void> => {
    const open = part.filter((row) => {
      if (heldKeys.has(laneOf(row))) return false
      const problem = problemOf(row)
      if (problem !== null) refuse(row, problem)
      return problem === null
    })
    const [first] = open
    if (first === undefined) return
    try {
      await sender.send(toMessages(open, topicPrefix))
      delivery.sent.push(...open)
    } catch (error) {
      if (!isMessageFault(error)) throw error
      if (open.length === 1) return refuse(first, error)
      const middle = Math.ceil(open.length / 2)
      await attempt(open.slice(0, middle))
      await attempt(open.slice(middle))
    }
  }

  for (const row of rows) if (row.retry_count > 0) await attempt([row])
  await attempt(rows.filter((row) => row.retry_count === 0))
  return delivery
}

const laneOf = (row: OutboxRow): string => `${row.topic} ${row.key}`

/**
 * Gives why a row can never be published, or null. Only the envelope is checked: the writer has checked the payload,
 * and a newer writer's event must not be refused by an older relay.
 */
function problemOf(row: OutboxRow): Error | null {
  const bytes = Buffer.byteLength(row.payload)
  if (bytes > messageBytesMax) return new Error(`the message has ${bytes} bytes, the limit is ${messageBytesMax}`)
  const envelope = anyEnvelopeSchema.safeParse(JSON.parse(row.payload))
  return envelope.success ? null : envelope.error
}

function toMessages(rows: readonly OutboxRow[], topicPrefix: string): TopicMessages[] {
  const byTopic = Map.groupBy(rows, (row) => topicPrefix + row.topic)
  return [...byTopic].map(([topic, own]) => ({
    topic,
    messages: own.map((row) => ({ key: row.key, value: row.payload, headers: headersOf(row) })),
  }))
}

/** Gives the headers of a row as Kafka takes them: texts, with the event's ID and type in any case. */
function headersOf(row: OutboxRow): IHeaders {
  const headers: IHeaders = { eventId: row.id, eventType: row.event_type }
  if (typeof row.headers !== 'object' || row.headers === null) return headers
  for (const [name, value] of Object.entries(row.headers)) headers[name] = String(value)
  return headers
}
