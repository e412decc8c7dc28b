import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { removeAbandonedStacks, startStack } from '@ticket-queue/stack'
import type { TestProject } from 'vitest/node'
import type { TestStack } from './test-stack.ts'

const stacksFolder = fileURLToPath(new URL('../../../.stack', import.meta.url))

declare module 'vitest' {
  export interface ProvidedContext {
    stack: TestStack
  }
}

/**
 * Starts one stack for the whole vitest run, in a directory of its own that goes away with it, and tells the tests where
 * it is. Stores given by DATABASE_URL, REDIS_URL and KAFKA_BROKERS are used as they are. Returns the teardown.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runId = `${process.pid}${randomBytes(3).toString('hex')}`
  const directory = join(stacksFolder, `test-${runId}`)
  mkdirSync(stacksFolder, { recursive: true })
  const [stack] = await Promise.all([
    startStack({ directory, durable: false }),
    removeAbandonedStacks(stacksFolder, 'test-'),
  ])
  const { databaseUrl, redisUrl, kafkaBrokers } = stack
  const testStack: TestStack = { runId, databaseUrl, redisUrl, kafkaBrokers }
  project.provide('stack', testStack)
  return async () => {
    // Only a given server outlives the run, so only then is the driver worth loading.
    if (stack.provider.postgres === 'url') await (await import('./template-database.ts')).dropTemplate(testStack)
    await stack.stop()
  }
}
