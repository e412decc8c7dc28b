import type { Messaging } from '@ticket-queue/messaging'
import { afterAll, inject } from 'vitest'

/** What one test file has of Kafka. */
export interface TestMessaging {
  messaging: Messaging
  /** In front of every topic and group of the file, also for processes it starts. */
  topicPrefix: string
  brokers: string[]
}

/**
 * Messaging with topics of this file's own, the topics of the contracts, closed after the file's tests:
 * `const { messaging } = await testMessaging()` at the top of the file.
 */
export async function testMessaging(): Promise<TestMessaging> {
  const stack = inject('stack')
  // Loaded here, so that the files that need no Kafka do not load its driver.
  const [{ createMessaging }, { pino }, { v7 }] = await Promise.all([
    import('@ticket-queue/messaging'),
    import('pino'),
    import('uuid'),
  ])
  const topicPrefix = `test-${stack.runId}-${v7().slice(-12)}.`
  const brokers = stack.kafkaBrokers
  const messaging = createMessaging({ brokers, clientId: 'test', topicPrefix, log: pino({ level: 'silent' }) })
  afterAll(() => messaging.close())
  await messaging.createTopics()
  return { messaging, topicPrefix, brokers }
}
