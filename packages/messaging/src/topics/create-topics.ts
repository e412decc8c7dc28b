import { setTimeout as wait } from 'node:timers/promises'
import type { Topic } from '@ticket-queue/contracts/events'
// Node finds the names Kafka, Partitioners and logLevel in this CommonJS module by itself, this one only on the default export.
import kafkajs, { type Admin } from 'kafkajs'

const servedWithinMs = 15_000

/** Where and how topics are created. */
export interface TopicOptions {
  readonly topics: readonly Topic[]
  readonly topicPrefix: string
  /** Copies of each partition; the broker's default if left out. From three on, two must have a message before it is acknowledged. */
  readonly replicationFactor?: number
}

/**
 * Brings the topics into being with their partitions and retention, and corrects those that have too few partitions or
 * another retention. Safe to run again and from several places at once.
 * How many copies there are, and how many must be in sync, is set where a topic is created and stays with topics that exist.
 * Partitions are only ever added; events of one key may then change partition, so drain the consumers before that.
 */
export async function createTopics(admin: Admin, options: TopicOptions): Promise<void> {
  const wanted = options.topics.map((topic) => ({ ...topic, name: options.topicPrefix + topic.name }))
  const existing = new Set(await admin.listTopics())
  await createMissing(
    admin,
    wanted.filter((topic) => !existing.has(topic.name)),
    options.replicationFactor ?? -1,
  )
  const present = wanted.filter((topic) => existing.has(topic.name))
  await addPartitions(admin, present)
  await correctRetention(admin, present)
  await whenServed(admin, wanted)
}

async function createMissing(admin: Admin, missing: readonly Topic[], replicationFactor: number): Promise<void> {
  if (missing.length === 0) return
  // Resolves to false, without an error, where another process was quicker.
  await admin.createTopics({
    waitForLeaders: false,
    timeout: 10_000,
    topics: missing.map((topic) => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor,
      configEntries: [
        { name: 'retention.ms', value: String(topic.retentionMs) },
        // Without it acks of all replicas in sync may mean the leader's alone, whose loss takes what it has acknowledged.
        ...(replicationFactor >= 3 ? [{ name: 'min.insync.replicas', value: '2' }] : []),
      ],
    })),
  })
}

/** Waits until the broker serves every partition, which takes a moment after it has promised to. */
async function whenServed(admin: Admin, wanted: readonly Topic[]): Promise<void> {
  const deadline = performance.now() + servedWithinMs
  for (;;) {
    try {
      const counts = await countPartitions(admin, wanted)
      if (wanted.every((topic) => (counts.get(topic.name) ?? 0) >= topic.partitions)) return
      if (performance.now() > deadline) throw new Error('the broker does not serve all partitions')
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
    await wait(100)
  }
}

async function countPartitions(admin: Admin, of: readonly Topic[]): Promise<ReadonlyMap<string, number>> {
  if (of.length === 0) return new Map()
  const { topics } = await admin.fetchTopicMetadata({ topics: of.map((topic) => topic.name) })
  return new Map(topics.map((topic) => [topic.name, topic.partitions.length]))
}

async function addPartitions(admin: Admin, present: readonly Topic[]): Promise<void> {
  const counts = await countPartitions(admin, present)
  const topicPartitions = present
    .filter((topic) => (counts.get(topic.name) ?? topic.partitions) < topic.partitions)
    .map((topic) => ({ topic: topic.name, count: topic.partitions }))
  if (topicPartitions.length > 0) await admin.createPartitions({ topicPartitions, timeout: 10_000 })
}

async function correctRetention(admin: Admin, present: readonly Topic[]): Promise<void> {
  if (present.length === 0) return
  const type = kafkajs.ConfigResourceTypes.TOPIC
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: present.map((topic) => ({ type, name: topic.name })),
  })
  const changes = resources.flatMap(({ resourceName, configEntries }) => {
    const retention = String(present.find((topic) => topic.name === resourceName)?.retentionMs)
    const own = configEntries.filter((entry) => !entry.isDefault && !entry.readOnly)
    if (own.some((entry) => entry.configName === 'retention.ms' && entry.configValue === retention)) return []
    // Kafka replaces all settings of the topic, so the others are sent along.
    const others = own.filter((entry) => entry.configName !== 'retention.ms')
    const kept = others.map((entry) => ({ name: entry.configName, value: entry.configValue }))
    return [{ type, name: resourceName, configEntries: [...kept, { name: 'retention.ms', value: retention }] }]
  })
  if (changes.length > 0) await admin.alterConfigs({ validateOnly: false, resources: changes })
}
