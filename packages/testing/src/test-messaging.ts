import type { Messaging } from '@ticket-queue/messaging'
import { afterAll, inject } from 'vitest'
import { waitUntil } from './wait-until.ts'

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
  // A broker learns of a topic a moment after the controller has made it, and asking again does no harm.
  await waitUntil(() => messaging.createTopics(), { timeoutMs: 20_000 })
  return { messaging, topicPrefix, brokers }
}
