import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { admitBatch, enterQueue, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { type Listening, listen } from '@ticket-queue/service-kit'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startTestService, type TestService } from '../test-queue-service.ts'
import type { StreamSettings } from './stream-settings.ts'
import { openEventSource, type TestEventSource } from './test-event-source.ts'

/** For tests: the public server listening, with rounds and lives short enough to be waited for. */
export interface TestStreams {
  readonly service: TestService
  readonly server: Listening
  /** People in the queue of a new schedule, of whom `batchSize` are admitted by each call of `admit`. */
  crowd(count: number, batchSize?: number): Promise<{ scheduleId: string; userIds: string[] }>
  admit(scheduleId: string): Promise<unknown>
  open(scheduleId: string, userId: string | undefined, headers?: Record<string, string>): Promise<TestEventSource>
  /** The server's side of every connection, in the order of opening. */
  readonly sockets: readonly Socket[]
  /** The sum of a metric's values. */
  figure(name: string, labels?: Record<string, string>): Promise<number>
}

export function testStreams(redis: RedisClient, settings: Partial<StreamSettings> = {}): TestStreams {
  let service: TestService
  let server: Listening
  const opened: TestEventSource[] = []
  const sockets: Socket[] = []
  beforeAll(async () => {
    service = await startTestService(redis, { streamSettings: { roundMs: 50, drainMs: 500, ...settings } })
    service.app.server.on('connection', (socket: Socket) => void sockets.push(socket))
    server = await listen(service.app, { host: '127.0.0.1', port: 0 })
  })
  afterEach(() => {
    for (const source of opened.splice(0)) source.close()
  })
  afterAll(async () => {
    await server.close()
    await service.close()
  })
  return {
    get service() {
      return service
    },
    get server() {
      return server
    },
    sockets,
    crowd: async (count, batchSize = 1) => {
      const scheduleId = service.openSchedule()
      await writeQueueConfig(redis, scheduleId, { batchSize, intervalMs: 100 })
      const userIds = Array.from({ length: count }, () => randomUUID())
      for (const userId of userIds) await enterQueue(redis, { scheduleId, userId })
      return { scheduleId, userIds }
    },
    admit: (scheduleId) => admitBatch(redis, scheduleId),
    open: async (scheduleId, userId = '', headers = {}) => {
      const path = `/queue/stream?scheduleId=${scheduleId}`
      const source = await openEventSource(server.address, path, userId, headers)
      opened.push(source)
      return source
    },
    figure: async (name, labels = {}) => {
      const all = await service.metrics.getMetricsAsJSON()
      const values = all.flatMap((metric) => metric.values.map((value) => ({ metricName: metric.name, ...value })))
      const matches = values.filter(
        (value) =>
          value.metricName === name &&
          Object.entries(labels).every(([label, wanted]) => value.labels[label] === wanted),
      )
      return matches.reduce((sum, { value }) => sum + value, 0)
    },
  }
}
