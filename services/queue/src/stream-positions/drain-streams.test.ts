import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { enterQueue, writeQueueConfig } from '@ticket-queue/lua/queue'
import { testDatabase, testMessaging, testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestEventService, type TestEventService } from '../test-event-service.ts'
import { type Replicas, testReplicas } from '../test-replicas.ts'
import { openEventSource, type TestEventSource } from './test-event-source.ts'

const redis = testRedis()
const { url: databaseUrl } = await testDatabase('queue')
const { topicPrefix } = await testMessaging()
let event: TestEventService
let processes: Replicas
beforeAll(async () => {
  event = await startTestEventService()
  processes = testReplicas(redis, event, { topicPrefix, databaseUrl })
})
afterAll(async () => {
  processes.killAll()
  await event.close()
})

test('a process that is to stop ends its streams one after the other, each with its own time to come back, and stops in order', async () => {
  const replica = await processes.start()
  const scheduleId = event.openSchedule()
  await writeQueueConfig(redis, scheduleId, { paused: true })
  const userIds = Array.from({ length: 40 }, () => randomUUID())
  for (const userId of userIds) await enterQueue(redis, { scheduleId, userId })
  const path = `/queue/stream?scheduleId=${scheduleId}`
  const sources = await Promise.all(userIds.map((userId) => openEventSource(replica.address, path, userId)))
  for (const source of sources) await source.next('position')

  const stoppedAtMs = performance.now()
  const exited = once(replica.child, 'exit')
  replica.child.kill('SIGTERM')
  expect((await exited)[0]).toBe(0)
  expect(performance.now() - stoppedAtMs).toBeLessThan(8_000)
  await waitUntil(() => sources.every((source) => source.endedAtMs() !== null))

  expect(sources.every(({ retryMs }) => retryMs.length === 2)).toBe(true)
  expect(new Set(sources.map(({ retryMs }) => retryMs[1])).size).toBeGreaterThan(sources.length / 2)
  expect(busiestSecond(sources)).toBeLessThan(sources.length / 2)
}, 40_000)

/** How many streams ended within the same second. */
function busiestSecond(sources: readonly TestEventSource[]): number {
  const ends = sources.map((source) => source.endedAtMs() ?? 0)
  return Math.max(...ends.map((from) => ends.filter((at) => at >= from && at < from + 1_000).length))
}
