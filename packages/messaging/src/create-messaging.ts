import { topics as contractTopics, type Topic } from '@ticket-queue/contracts/events'
import type { Admin, ISocketFactory, TopicMessages } from 'kafkajs'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { keepClean } from './clean-up/keep-clean.ts'
import { type ConsumeOptions, type ConsumeRepeatablyOptions, consume, consumeRepeatably } from './consume/consume.ts'
import type { Consumer } from './consume/supervise-consumer.ts'
import { copyLetters } from './dead-letters/copy-letters.ts'
import { republishLetters } from './dead-letters/republish-letters.ts'
import { watchDeadLetters } from './dead-letters/watch-dead-letters.ts'
import { createKafka } from './kafka/create-kafka.ts'
import { createSender } from './kafka/create-sender.ts'
import { messagingMetrics } from './metrics.ts'
import { type Relay, type RelayOptions, startRelay } from './publish-outbox/relay.ts'
import { createTopics } from './topics/create-topics.ts'

export interface MessagingOptions {
  readonly brokers: readonly string[]
  readonly clientId: string
  /** Put before each topic and group name, so that several systems or test files share a broker unseen by each other. */
  readonly topicPrefix?: string
  readonly log: Logger
  readonly metrics?: Registry
  /** How connections to brokers are opened, where that is not by their advertised address. */
  readonly socketFactory?: ISocketFactory
}

/** A message sent without an outbox: for records whose loss harms nobody. */
export interface PlainMessage {
  readonly key: string
  readonly value: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Everything a process does with Kafka. */
export interface Messaging {
  /** Sends messages to one topic; resolves when all replicas in sync have them. Not for events of the purchase: those use the outbox. */
  publishBatch(topic: Topic, messages: readonly PlainMessage[]): Promise<void>
  /** Starts a member of a consumer group; returns at once, `ready()` tells when it has joined. */
  consume<DB>(options: ConsumeOptions<DB>): Promise<Consumer>
  /** As `consume` for a service without a database: handlers must bear repeats. */
  consumeRepeatably(options: ConsumeRepeatablyOptions): Promise<Consumer>
  /** Starts publishing the outbox of a service, and what goes with it: its dead letters are watched, copied to their topics and put back when ordered, old rows deleted. */
  startRelay<DB>(options: RelayOptions<DB>): Relay
  /** Creates or corrects topics; those of the contracts if none are given. */
  createTopics(options?: { readonly topics?: readonly Topic[]; readonly replicationFactor?: number }): Promise<void>
  /** Resolves if a broker answers, rejects otherwise. */
  check(): Promise<void>
  /** Stops relays and consumers, then closes every connection; may be called again. */
  close(): Promise<void>
}

/** Gives this process' access to Kafka. Connects to nothing until something is asked of it. */
export function createMessaging(options: MessagingOptions): Messaging {
  const { log, topicPrefix = '' } = options
  const kafka = createKafka(options)
  const sender = createSender(kafka)
  const metrics = messagingMetrics(options.metrics ?? new Registry())
  const letters = { sender, topicPrefix }
  const parts = { kafka, letters, log, metrics }
  const running: { close(): Promise<void> }[] = []
  const keep = <T extends { close(): Promise<void> }>(started: T): T => {
    running.push(started)
    return started
  }
  let closing: Promise<void> | undefined

  return {
    async publishBatch(topic, messages) {
      if (messages.length === 0) return
      const batch: TopicMessages = {
        topic: topicPrefix + topic.name,
        messages: messages.map((message) => ({ ...message })),
      }
      await sender.send([batch])
    },
    consume: async (consumeOptions) => keep(consume(consumeOptions, parts)),
    consumeRepeatably: async (consumeOptions) => keep(consumeRepeatably(consumeOptions, parts)),
    startRelay: (relayOptions) => {
      keep(watchDeadLetters({ ...relayOptions, log, metrics }))
      keep(republishLetters({ db: relayOptions.db, log }))
      keep(keepClean({ db: relayOptions.db, log }))
      const relay = keep(startRelay(relayOptions, { sender: createSender(kafka), topicPrefix, log, metrics }))
      keep(copyLetters({ db: relayOptions.db, letters, log, isActive: relay.isActive }))
      return relay
    },
    createTopics: ({ topics = Object.values(contractTopics), ...rest } = {}) =>
      withAdmin((admin) => createTopics(admin, { topics, topicPrefix, ...rest })),
    check: () => withAdmin(async (admin) => void (await admin.describeCluster())),
    close() {
      closing ??= (async () => {
        await Promise.all(running.map((started) => started.close()))
        await sender.close()
      })()
      return closing
    },
  }

  async function withAdmin(work: (admin: Admin) => Promise<void>): Promise<void> {
    const admin = kafka.admin()
    try {
      await admin.connect()
      await work(admin)
    } finally {
      await admin.disconnect()
    }
  }
}
