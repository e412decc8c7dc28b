import { randomUUID } from 'node:crypto'
import type { RedisClient } from '@ticket-queue/redis'
import { waitUntil } from '@ticket-queue/testing'
import { vi } from 'vitest'
import { admitBatch } from './admit-batch.ts'
import { enterQueue } from './enter-queue.ts'
import {
  activeKey,
  admittedKey,
  arrivedKey,
  closedKey,
  configKey,
  epochKey,
  goneKey,
  logKey,
  paceKey,
  pollsKey,
  queueKey,
  schedulesKey,
  staysKey,
  tokenKey,
  userTokensKey,
} from './keys.ts'
import { leaveQueue } from './leave-queue.ts'
import { defaultRecovery, type TicketFacts } from './place-request.ts'
import { defaultQueueConfig, type QueueConfig, writeQueueConfig } from './queue-config.ts'
import { readPlace } from './read-place.ts'
import { revokeTokens } from './revoke-tokens.ts'
import { ageKeys } from './test-age-queue.ts'

export { ageKeys }

/** For tests: what a person is answered, moments in the room's own time. */
export type Answer =
  | { outcome: 'waiting'; ticket: TicketFacts; total: number; pollAfterMs: number }
  | { outcome: 'active'; token: string }
  | {
      outcome: 'full' | 'absent' | 'elsewhere' | 'draining' | 'closed' | 'limited' | 'owing' | 'outdated' | 'unclear'
    }

/** For tests: one queue with the scripts that run it, and a way to let time go by. */
export interface Room {
  readonly scheduleId: string
  readonly config: QueueConfig
  readonly users: readonly string[]
  /** Unix ms of Redis, and all the time that has been made to go by. */
  nowMs(): Promise<number>
  age(ms: number): Promise<void>
  enter(service: number, userId: string, ticket: TicketFacts | undefined): Promise<Answer>
  /** At the advised time, which is brought here. */
  poll(service: number, userId: string, ticket: TicketFacts | undefined): Promise<Answer>
  leave(userId: string): Promise<void>
  /** Each service's clock stands an hour from the next one's. */
  tick(service: number): Promise<{ userId: string; token: string }[]>
  lineLength(): Promise<number>
  /** Redis is empty. */
  lose(): Promise<void>
}

const hourMs = 3_600_000

/** Puts the clock of this process where that of a service stands. */
export const useClockOf = (service: number): void => {
  vi.setSystemTime(1_790_000_000_000 + (service - 1) * hourMs)
}

export const redisNowMs = async (redis: RedisClient): Promise<number> => {
  const [seconds, micros] = await redis.client.time()
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}

/** Gives a moment after all so far, in unix ms of Redis, once it has come. */
export async function nextMoment(redis: RedisClient): Promise<number> {
  const momentMs = (await redisNowMs(redis)) + 1
  await waitUntil(async () => (await redisNowMs(redis)) >= momentMs, { intervalMs: 0 })
  return momentMs
}

/** A room with `people` who may come, run by one service per connection, each with a memory of its own. */
export async function openRoom(
  services: readonly RedisClient[],
  people: number,
  changes: Partial<QueueConfig>,
): Promise<Room> {
  const [redis] = services
  if (redis === undefined) throw new Error('a room needs a service')
  const scheduleId = randomUUID()
  const users = Array.from({ length: people }, () => randomUUID())
  const config = { ...defaultQueueConfig, ...changes }
  const tokens = new Set<string>()
  /** The latest moment that each service has seen, in the room's time. */
  const known = services.map(() => 0)
  let agedMs = 0
  const toRoom = (us: number) => us + agedMs * 1_000
  const toRedis = (us: number) => Math.max(0, us - agedMs * 1_000)
  const keys = () => [
    ...[queueKey, admittedKey, arrivedKey, paceKey, epochKey, goneKey, closedKey, staysKey].map((key) =>
      key(scheduleId),
    ),
    ...users.flatMap((userId) => [activeKey(userId), pollsKey(userId), userTokensKey(scheduleId, userId)]),
    ...[...tokens].map(tokenKey),
  ]
  const connection = (service: number) => services[service] ?? redis
  const request = (service: number, userId: string, ticket: TicketFacts | undefined) => ({
    scheduleId,
    userId,
    knownUs: toRedis(known[service] ?? 0),
    ticket: ticket && {
      epochUs: toRedis(ticket.epochUs),
      scoreUs: toRedis(ticket.scoreUs),
      atMs: Math.max(0, ticket.atMs - agedMs),
    },
  })
  const see = (service: number, us: number) => {
    known[service] = Math.max(known[service] ?? 0, toRoom(us))
  }
  const answer = (service: number, reply: Awaited<ReturnType<typeof enterQueue | typeof readPlace>>): Answer => {
    if (reply.outcome !== 'waiting') return reply
    see(service, Math.max(reply.epochUs, reply.scoreUs))
    const ticket = { epochUs: toRoom(reply.epochUs), scoreUs: toRoom(reply.scoreUs), atMs: reply.nowMs + agedMs }
    return { outcome: 'waiting', ticket, total: reply.total, pollAfterMs: reply.pollAfterMs }
  }
  await writeQueueConfig(redis, scheduleId, config)
  return {
    scheduleId,
    config,
    users,
    nowMs: async () => (await redisNowMs(redis)) + agedMs,
    age: async (ms) => {
      await ageKeys(redis, { keys: keys() }, { ms })
      agedMs += ms
    },
    enter: async (service, userId, ticket) => {
      useClockOf(service)
      return answer(service, await enterQueue(connection(service), request(service, userId, ticket)))
    },
    poll: async (service, userId, ticket) => {
      useClockOf(service)
      if ((await redis.client.exists(pollsKey(userId))) === 1) await redis.client.hset(pollsKey(userId), { nextMs: 1 })
      const asked = { ...request(service, userId, ticket), pollsPerMinute: 10_000 }
      return answer(service, await readPlace(connection(service), asked))
    },
    leave: async (userId) => {
      await leaveQueue(redis, { scheduleId, userId, knownUs: toRedis(Math.max(...known)) })
      await revokeTokens(redis, { scheduleId, userId })
    },
    tick: async (service) => {
      useClockOf(service)
      const knownUs = toRedis(known[service] ?? 0)
      const batch = await admitBatch(connection(service), scheduleId, { knownUs, recovery: defaultRecovery })
      see(service, batch.lastUs)
      for (const { token } of batch.admitted) tokens.add(token)
      return batch.admitted
    },
    lineLength: () => redis.client.zcard(queueKey(scheduleId)),
    lose: async () => {
      // Every service ticks four times a second, so each has seen the same shortly before.
      known.fill(Math.max(...known))
      await redis.client.unlink(...keys(), configKey(scheduleId), logKey(scheduleId))
      await redis.client.srem(schedulesKey, scheduleId)
      await writeQueueConfig(redis, scheduleId, config)
    },
  }
}
