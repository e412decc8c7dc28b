import { randomBytes, randomUUID } from 'node:crypto'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Topic } from '@ticket-queue/contracts/events'
import { type ISocketFactory, Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { pino } from 'pino'
import type { Registry } from 'prom-client'
import { afterAll, inject, onTestFinished } from 'vitest'
import { createMessaging, type Messaging } from './create-messaging.ts'

/** What one test file needs of a real broker: topics of its own, messaging on them, and a look at what is in them. */
export interface TestBroker {
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

/** Gives this file's broker, with the topics of the contracts or those given. */
export async function testBroker(topics?: readonly Topic[]): Promise<TestBroker> {
  const brokers = inject('stack').kafkaBrokers
  const topicPrefix = `t${randomBytes(5).toString('hex')}.`
  const messaging = createMessaging({ brokers, clientId: 'test', topicPrefix, log: silent })
  await messaging.createTopics(topics === undefined ? {} : { topics })
  const kafka = new Kafka({ brokers, clientId: 'watcher', logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  afterAll(async () => {
    await messaging.close()
    await admin.disconnect()
  })

  return {
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

/** A TCP proxy before the broker that can be told to fail. */
export interface Proxy {
  readonly socketFactory: ISocketFactory
  /** `away` refuses connections and cuts the open ones; `lose-answers` lets requests through and cuts before the answer. */
  set(mode: 'pass' | 'away' | 'lose-answers'): void
  /** How many answers have been lost. */
  lost(): number
}

/** Gives a proxy to the broker for one test. Every connection goes through it, whatever address the broker advertises. */
export async function testProxy(): Promise<Proxy> {
  let mode: 'pass' | 'away' | 'lose-answers' = 'pass'
  let lost = 0
  const open = new Set<Socket>()
  const [host, port] = String(inject('stack').kafkaBrokers[0]).split(':')
  const server = createServer((client) => {
    const broker = connect(Number(port), host)
    const cut = () => {
      open.delete(client)
      client.destroy()
      broker.destroy()
    }
    open.add(client)
    for (const socket of [client, broker]) socket.on('error', cut).on('close', cut)
    if (mode === 'away') return cut()
    client.on('data', (bytes) => broker.write(bytes))
    broker.on('data', (bytes) => {
      if (mode === 'pass') client.write(bytes)
      else cutBeforeAnswer(cut)
    })
  })
  const cutBeforeAnswer = (cut: () => void) => {
    lost += 1
    cut()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxyPort = (server.address() as AddressInfo).port
  onTestFinished(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return {
    socketFactory: ({ onConnect }) => connect(proxyPort, '127.0.0.1', onConnect),
    lost: () => lost,
    set(next) {
      mode = next
      if (next === 'away') for (const socket of open) socket.destroy()
    },
  }
}
