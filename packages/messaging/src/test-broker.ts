import { randomBytes, randomUUID } from 'node:crypto'
import type { Topic } from '@ticket-queue/contracts/events'
import { type ISocketFactory, Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { pino } from 'pino'
import type { Registry } from 'prom-client'
import { afterAll, inject, onTestFinished, TestRunner } from 'vitest'
import { createMessaging, type Messaging } from './create-messaging.ts'

/** What one test file needs of a real broker: topics of its own, messaging on them, and a look at what is in them. */
export interface TestBroker {
  /** host:port of the broker. */
  readonly address: string
  readonly topicPrefix: string
  readonly messaging: Messaging
  /** Another process' messaging on the same topics, closed after the test. */
  join(options?: { socketFactory?: ISocketFactory; metrics?: Registry }): Messaging
  /** Gives a list that fills with the messages of a topic, from its beginning. */
  watch(topicName: string): Promise<KafkaMessage[]>
  /** Puts a message into a topic as somebody would who knows no contract. */
  put(topicName: string, value: string | null, key?: string, headers?: Record<string, string>): Promise<void>
  /** Gives the offset a group has committed, summed over the partitions of a topic. */
  committed(group: string, topicName: string): Promise<number>
}

const silent = pino({ level: 'silent' })

/** Gives a broker for this test, or for the file if called outside of one, with the topics of the contracts or those given. */
export async function testBroker(topics?: readonly Topic[]): Promise<TestBroker> {
  const brokers = inject('stack').kafkaBrokers
  const topicPrefix = `t${randomBytes(5).toString('hex')}.`
  const messaging = createMessaging({ brokers, clientId: 'test', topicPrefix, log: silent })
  await messaging.createTopics(topics === undefined ? {} : { topics })
  const kafka = new Kafka({ brokers, clientId: 'watcher', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const close = async () => {
    await messaging.close()
    await admin.disconnect()
  }
  if (TestRunner.getCurrentTest() === undefined) afterAll(close)
  else onTestFinished(close)

  return {
    address: String(brokers[0]),
    topicPrefix,
    messaging,
    join(options = {}) {
      const joined = createMessaging({ brokers, clientId: 'test', topicPrefix, log: silent, ...options })
      onTestFinished(() => joined.close())
      return joined
    },
    async watch(topicName) {
      const messages: KafkaMessage[] = []
      const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 100 })
      await consumer.connect()
      await consumer.subscribe({ topic: topicPrefix + topicName, fromBeginning: true })
      await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void messages.push(message) })
      onTestFinished(() => consumer.disconnect())
      return messages
    },
    async put(topicName, value, key = 'key', headers = {}) {
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic: topicPrefix + topicName, messages: [{ key, value, headers }] })
      await producer.disconnect()
    },
    async committed(group, topicName) {
      const offsets = await admin.fetchOffsets({ groupId: topicPrefix + group, topics: [topicPrefix + topicName] })
      return offsets
        .flatMap(({ partitions }) => partitions)
        .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
    },
  }
}
