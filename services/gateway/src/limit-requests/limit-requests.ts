import { fastifyRateLimit } from '@fastify/rate-limit'
import { type AdmitToken, gatherTokens } from '@ticket-queue/lua/request'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, type Identity, problem } from '@ticket-queue/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../errors.ts'

/** Requests a minute; 0 means no limit. */
export type RequestLimits = { userPerMinute: number; ipPerMinute: number; webhookPerMinute: number }

type Deps = {
  /** Asked about tokens; fails fast. */
  redis: RedisClient
  /** A connection of its own, so that who shows no token never waits behind those who do; fails fast. */
  limitsRedis: RedisClient
  limits: RequestLimits
}

const windowMs = 60_000

/**
 * Asks Redis in one step whether the token of a request has been logged out and counts the request: per user, or per IP for who is not
 * logged in (IPv6 by /64), over all replicas; above the limit it is 429 with Retry-After in seconds. An address may send more webhooks
 * than other requests, because a provider tells of everybody's payments from a few. While Redis is away nobody is counted, selling goes
 * on; but a token that cannot be checked counts as IDENTITY_UNVERIFIABLE (503), never as good (GW-002).
 */
export async function limitRequests(app: App, deps: Deps): Promise<void> {
  const { ipPerMinute, userPerMinute, webhookPerMinute } = deps.limits
  const ipMax = ({ access }: FastifyRequest) => (access?.isWebhook ? webhookPerMinute : ipPerMinute)
  const admitToken = gatherTokens(deps.redis, { userMax: userPerMinute, windowMs })
  await app.register(fastifyRateLimit, {
    global: false,
    redis: deps.limitsRedis.client,
    nameSpace: 'rate:',
    skipOnError: true,
    timeWindow: windowMs,
  })
  const perIp = app.createRateLimit({ max: ipMax })
  const countPerIp = async (request: FastifyRequest, reply: FastifyReply) => {
    const state = await perIp(request)
    if (!state.isAllowed) judge(reply, { ...state, retryAfterMs: state.ttl })
  }
  const count = async (request: FastifyRequest, reply: FastifyReply) => {
    const { shownIdentity } = request
    if (shownIdentity !== null) await admit(request, reply, { admitToken, max: userPerMinute, shownIdentity })
    if (request.identity === null && ipMax(request) > 0) await countPerIp(request, reply)
  }
  app.addHook('onRequest', (request, reply, done) => {
    if (request.shownIdentity === null && ipMax(request) === 0) done()
    else count(request, reply).then(() => done(), done)
  })
}

/** Makes what a verified token says the identity of the request, unless it has been logged out. */
async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { admitToken, max, shownIdentity }: { admitToken: AdmitToken; max: number; shownIdentity: Identity },
): Promise<void> {
  const { userId, tokenId } = shownIdentity
  const admitted = await admitToken({ jti: tokenId ?? '', userId }).catch((cause: unknown) =>
    problem(errors, 'IDENTITY_UNVERIFIABLE', { headers: { 'retry-after': '2' }, cause }),
  )
  if (admitted instanceof Error) request.identityRefusal = admitted
  else if (admitted.outcome === 'loggedOut') request.identityRefusal = problem(errors, 'TOKEN_INVALID')
  else {
    request.identity = shownIdentity
    const { current, retryAfterMs } = admitted
    const isExceeded = current > max
    if (max > 0) judge(reply, { max, remaining: Math.max(0, max - current), isExceeded, retryAfterMs })
  }
}

interface Counted {
  readonly max: number
  readonly remaining: number
  readonly isExceeded: boolean
  readonly retryAfterMs: number
}

/** Tells how many requests are left, and throws for one too many. */
function judge(reply: FastifyReply, { max, remaining, isExceeded, retryAfterMs }: Counted): void {
  reply.header('x-ratelimit-limit', max).header('x-ratelimit-remaining', remaining)
  if (!isExceeded) return
  const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))
  throw problem(errors, 'RATE_LIMITED', { headers: { 'retry-after': seconds } })
}
