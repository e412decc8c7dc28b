import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { RedisClient } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { inject } from 'vitest'
import { placeSchema } from './domain/place.ts'
import { gatewayKey, type TestEventService } from './test-event-service.ts'

/** For tests: one process of this service. */
export interface Replica {
  readonly child: ChildProcess
  readonly address: string
}

export interface Replicas {
  /** Gives a new process once it is ready. */
  start(settings?: Record<string, string>): Promise<Replica>
  killAll(): void
}

/** Processes of this service over the stores and the topics of one test file. */
export function testReplicas(
  redis: RedisClient,
  event: TestEventService,
  { topicPrefix, databaseUrl }: { topicPrefix: string; databaseUrl: string },
): Replicas {
  const started: ChildProcess[] = []
  return {
    start: async (settings = {}) => {
      const [port, sidePort, internalPort] = await Promise.all([freePort(), freePort(), freePort()])
      const child = spawn(process.execPath, [fileURLToPath(new URL('./main.ts', import.meta.url))], {
        env: {
          PORT: String(port),
          SIDE_PORT: String(sidePort),
          INTERNAL_PORT: String(internalPort),
          LOG_LEVEL: 'error',
          DATABASE_URL: databaseUrl,
          REDIS_URL: inject('stack').redisUrl,
          REDIS_KEY_PREFIX: redis.keyPrefix,
          EVENT_INTERNAL_URL: event.address,
          KAFKA_BROKERS: inject('stack').kafkaBrokers.join(','),
          KAFKA_TOPIC_PREFIX: topicPrefix,
          SERVICE_API_KEY: event.queueKey,
          SERVICE_API_KEYS: `gateway=${gatewayKey}`,
          QUEUE_TICKET_KEYS: `test=${Buffer.alloc(32, 7).toString('base64')}`,
          ...settings,
        },
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      started.push(child)
      const side = `http://127.0.0.1:${sidePort}/readyz`
      await waitUntil(async () => (await fetch(side)).status === 200, { timeoutMs: 25_000 })
      return { child, address: `http://127.0.0.1:${port}` }
    },
    killAll: () => {
      for (const child of started) child.kill('SIGKILL')
    },
  }
}

/** Calls a replica as a logged-in user, through the gateway's key. */
export async function call(
  replica: Replica | undefined,
  userId: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
) {
  const headers = {
    'x-service-api-key': gatewayKey,
    'x-user-id': userId,
    'x-user-role': 'USER',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`${replica?.address}${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: placeSchema.partial().parse(await answer.json()) }
}

/** A port below those that the system gives to outgoing connections: one of those may be taken before the child listens. */
async function freePort(): Promise<number> {
  const port = 10_000 + randomInt(22_000)
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch {
    return freePort()
  }
  server.close()
  await once(server, 'close')
  return port
}
