import { fastifyRateLimit } from '@fastify/rate-limit'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, problem } from '@ticket-queue/service-kit'
import { errors } from '../errors.ts'

/** Requests a minute; 0 means no limit. */
export type RequestLimits = { userPerMinute: number; ipPerMinute: number }

/**
 * Counts requests per user, or per IP for who is not logged in (IPv6 by /64), over all replicas, and refuses those above
 * the limit with 429 and Retry-After in seconds. While Redis is away it lets everybody pass: selling goes on.
 * `redis` must fail fast.
 */
export async function limitRequests(app: App, deps: { redis: RedisClient; limits: RequestLimits }): Promise<void> {
  await app.register(fastifyRateLimit, {
    global: false,
    redis: deps.redis.client,
    nameSpace: 'rate:',
    skipOnError: true,
    timeWindow: 60_000,
  })
  const perUser = app.createRateLimit({
    max: deps.limits.userPerMinute,
    keyGenerator: (request) => `user:${request.identity?.userId}`,
  })
  const perIp = app.createRateLimit({ max: deps.limits.ipPerMinute })
  app.addHook('onRequest', async (request, reply) => {
    const [check, limit] =
      request.identity === null ? [perIp, deps.limits.ipPerMinute] : [perUser, deps.limits.userPerMinute]
    if (limit === 0) return
    const state = await check(request)
    if (state.isAllowed) return
    reply.header('x-ratelimit-limit', state.max).header('x-ratelimit-remaining', state.remaining)
    if (!state.isExceeded) return
    throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': String(Math.max(1, state.ttlInSeconds)) } })
  })
}
