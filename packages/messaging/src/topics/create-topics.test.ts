import { topics } from '@ticket-queue/contracts/events'
import { waitUntil } from '@ticket-queue/testing'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { expect, inject, onTestFinished, test } from 'vitest'
import { testBroker } from '../test-broker.ts'
import { createTopics } from './create-topics.ts'

async function openAdmin() {
  const admin = new Kafka({ brokers: inject('stack').kafkaBrokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  onTestFinished(() => admin.disconnect())
  const ofOneBroker: Admin = {
    ...admin,
    createTopics: ({ topics: asked, ...options }) =>
      admin.createTopics({ ...options, topics: asked.map((topic) => ({ ...topic, replicationFactor: 1 })) }),
  }
  return {
    /** Creates with all settings asked for, and as many copies as one broker can have. */
    ofOneBroker,
    async partitions(name: string) {
      const { topics: found } = await admin.fetchTopicMetadata({ topics: [name] })
      return found[0]?.partitions.length
    },
    async setting(name: string, setting: string) {
      const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] })
      return resources[0]?.configEntries.find(({ configName }) => configName === setting)?.configValue
    },
    alter: (name: string, settings: Record<string, string>) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          { type: 2, name, configEntries: Object.entries(settings).map(([key, value]) => ({ name: key, value })) },
        ],
      }),
  }
}

test('every topic of the contracts exists with its partitions and retention', async () => {
  const broker = await testBroker()
  const admin = await openAdmin()
  for (const topic of Object.values(topics)) {
    expect(await admin.partitions(broker.topicPrefix + topic.name)).toBe(topic.partitions)
    expect(await admin.setting(broker.topicPrefix + topic.name, 'retention.ms')).toBe(String(topic.retentionMs))
  }
})

test('a topic of three copies acknowledges nothing that one broker alone has', async () => {
  const { topicPrefix } = await testBroker([])
  const admin = await openAdmin()
  const create = (name: string, replicationFactor: number) =>
    createTopics(admin.ofOneBroker, {
      topics: [{ name, partitions: 1, retentionMs: 60_000 }],
      topicPrefix,
      replicationFactor,
    })
  await create('threefold', 3)
  await create('single', 1)
  const inSyncMin = (name: string) => admin.setting(topicPrefix + name, 'min.insync.replicas')
  expect([await inSyncMin('threefold'), await inSyncMin('single')]).toEqual(['2', '1'])
})

test('creating topics again, and from two places at once, changes nothing and fails nowhere', async () => {
  const broker = await testBroker([])
  await Promise.all([broker.messaging.createTopics(), broker.join().createTopics()])
  await broker.messaging.createTopics()
  const admin = await openAdmin()
  expect(await admin.partitions(`${broker.topicPrefix}payment.events`)).toBe(topics.payment.partitions)
})

test('missing partitions and a wrong retention are corrected, other settings and surplus partitions stay', async () => {
  const small = { name: 'small', partitions: 1, retentionMs: 60_000 }
  const broker = await testBroker([small])
  const name = `${broker.topicPrefix}small`
  const admin = await openAdmin()
  await admin.alter(name, { 'retention.ms': '60000', 'max.message.bytes': '2000000' })

  await broker.messaging.createTopics({ topics: [{ ...small, partitions: 3, retentionMs: 120_000 }] })
  expect(await admin.partitions(name)).toBe(3)
  // A broker may answer a little later than it has agreed.
  await waitUntil(async () => (await admin.setting(name, 'retention.ms')) === '120000')
  expect(await admin.setting(name, 'max.message.bytes')).toBe('2000000')

  await broker.messaging.createTopics({ topics: [{ ...small, retentionMs: 120_000 }] })
  expect(await admin.partitions(name)).toBe(3)
})
