import { fastifyJwt } from '@fastify/jwt'
import { accessTokenClaimsSchema } from '@ticket-queue/contracts/http/user'
import { isBlacklisted } from '@ticket-queue/lua/token'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, type Identity, ProblemError, problem } from '@ticket-queue/service-kit'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { accessOf } from '../domain/access.ts'
import { pathOf } from '../domain/path-of.ts'
import { errors } from '../errors.ts'
import type { PublicKeys } from './public-keys.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Why the presented access token does not count; thrown by requireAccess after the request has been counted. */
    identityRefusal: ProblemError | null
  }
}

const headerSchema = z.object({ header: z.object({ kid: z.string().min(1).max(200) }) })

/**
 * Finds out who asks, from the access token alone (GW-002): EdDSA only, our issuer and audience, a key the user service
 * lists, not ended, not logged out. A token that cannot be checked because Redis or the keys are away counts as
 * IDENTITY_UNVERIFIABLE (503), never as good. Public routes look at no token.
 */
export async function verifyIdentity(app: App, deps: { keys: PublicKeys; redis: RedisClient }): Promise<void> {
  app.decorateRequest('identityRefusal', null)
  await app.register(fastifyJwt, {
    secret: async (_request: FastifyRequest, token: unknown) => keyOf(deps.keys, token),
    decode: { complete: true },
    verify: {
      algorithms: ['EdDSA'],
      allowedIss: 'ticket-queue',
      allowedAud: 'ticket-queue',
      requiredClaims: ['sub', 'role', 'jti', 'iat', 'exp'],
      // Verifying costs 0.2 ms; the cache honours exp, and blacklist and key list are asked for each request.
      cache: 10_000,
      cacheTTL: 60_000,
    },
  })
  app.addHook('onRequest', async (request) => {
    if (accessOf(request.method, pathOf(request.url)).needs === 'nobody') return
    if (request.headers.authorization === undefined) return
    const verdict = await identify(request, deps.redis)
    if (verdict instanceof ProblemError) request.identityRefusal = verdict
    else request.identity = verdict
  })
}

/** Refuses who may not pass: 401 without a good token, 403 FORBIDDEN without role ADMIN where it is needed (GW-015). */
export function requireAccess(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    const { needs } = accessOf(request.method, pathOf(request.url))
    if (needs === 'nobody') return
    if (request.identity === null) {
      reply.header('www-authenticate', 'Bearer')
      throw request.identityRefusal ?? problem(errors, 'UNAUTHENTICATED')
    }
    if (needs === 'admin' && request.identity.role !== 'ADMIN') throw problem(errors, 'FORBIDDEN')
  })
}

async function identify(request: FastifyRequest, redis: RedisClient): Promise<Identity | ProblemError> {
  try {
    const claims = accessTokenClaimsSchema.parse(await request.jwtVerify())
    if (await askBlacklist(redis, claims.jti)) return problem(errors, 'TOKEN_INVALID')
    return { userId: claims.sub, role: claims.role, tokenId: claims.jti, tokenExpiresAt: claims.exp }
  } catch (error) {
    if (error instanceof ProblemError) return error
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
    request.log.debug({ reason: code }, 'access token refused')
    return problem(errors, code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED' ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID')
  }
}

async function askBlacklist(redis: RedisClient, jti: string): Promise<boolean> {
  try {
    return await isBlacklisted(redis, jti)
  } catch (cause) {
    throw problem(errors, 'IDENTITY_UNVERIFIABLE', { headers: { 'retry-after': '2' }, cause })
  }
}

async function keyOf(keys: PublicKeys, token: unknown): Promise<string> {
  const { kid } = headerSchema.parse(token).header
  const answer = await keys.find(kid)
  if (answer.kind === 'found') return answer.pem
  if (answer.kind === 'unknown') throw problem(errors, 'TOKEN_INVALID')
  throw problem(errors, 'IDENTITY_UNVERIFIABLE', { headers: { 'retry-after': '2' } })
}
