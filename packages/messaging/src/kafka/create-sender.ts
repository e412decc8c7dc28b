import { type Kafka, Partitioners, type Producer, type TopicMessages } from 'kafkajs'
import { causesOf } from '../errors.ts'
import { kafkaRetry } from './create-kafka.ts'

/** Beyond this a broker drops the connection instead of answering, which would look like an outage. */
export const messageBytesMax = 8 * 1024 * 1024

/** Sends batches to Kafka, one after the other. */
export interface Sender {
  /** Resolves when all replicas in sync have the messages. Rejects with a kafkajs error; some of the batch may be there all the same. */
  send(batch: TopicMessages[]): Promise<void>
  close(): Promise<void>
}

/**
 * Gives a sender over an idempotent producer (acks all, keys placed as Java clients place them), connected at the first send.
 *
 * After an error kafkajs counts its sequence numbers back although the broker may have kept the batch, and the broker
 * would then take the next batch of the same size for a repeat and drop it. So a producer that has failed once is
 * thrown away, and sends do not overlap.
 */
export function createSender(kafka: Kafka): Sender {
  let producer: Promise<Producer> | null = null
  let queue: Promise<unknown> = Promise.resolve()
  let closed = false

  const sendNow = async (topicMessages: TopicMessages[]) => {
    if (closed) throw new Error('the sender is closed')
    producer ??= connect(kafka)
    const current = producer
    try {
      await (await current).sendBatch({ topicMessages, acks: -1, timeout: 10_000 })
    } catch (error) {
      producer = null
      disconnect(current)
      throw error
    }
  }

  return {
    send(batch) {
      const sent = queue.then(() => sendNow(batch))
      queue = sent.catch(() => undefined)
      return sent
    },
    async close() {
      closed = true
      const current = producer
      producer = null
      if (current) await (await current.catch(() => null))?.disconnect()
    },
  }
}

const messageFaults: ReadonlySet<unknown> = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'INVALID_TIMESTAMP',
  'INVALID_TOPIC_EXCEPTION',
])

/**
 * Says whether the broker refused the message itself. Everything else (no connection, time-out, missing topic,
 * missing right) lies outside the message and passes or is mended by an operator.
 */
export const isMessageFault = (error: unknown): boolean =>
  causesOf(error).some(
    (cause) => typeof cause === 'object' && cause !== null && 'type' in cause && messageFaults.has(cause.type),
  )

async function connect(kafka: Kafka): Promise<Producer> {
  const producer = kafka.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: kafkaRetry,
  })
  await producer.connect()
  return producer
}

/** Nobody waits for the old producer: its open requests may take until their time-out. */
function disconnect(producer: Promise<Producer>): void {
  producer.then((connected) => connected.disconnect()).catch(() => undefined)
}
