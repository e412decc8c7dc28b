import { fastifyJwt } from '@fastify/jwt'
import { accessTokenClaimsSchema } from '@ticket-queue/contracts/http/user'
import { type App, type Identity, ProblemError, problem } from '@ticket-queue/service-kit'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { errors } from '../errors.ts'
import type { PublicKeys } from './public-keys.ts'
import { createVerifiedTokens, type VerifiedToken, type VerifiedTokens } from './verified-tokens.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What a good token says; who asks (`identity`) once it is known that the token has not been logged out. */
    shownIdentity: Identity | null
    /** Why the presented access token does not count; thrown by requireAccess after the request has been counted. */
    identityRefusal: ProblemError | null
  }
}

const headerSchema = z.object({ kid: z.string().min(1).max(200) })
const decodedSchema = z.object({ header: headerSchema })

/**
 * Finds out who asks, from the access token alone (GW-002): EdDSA only, our issuer and audience, a key the user service
 * lists, not ended. A token that cannot be checked because the keys are away counts as IDENTITY_UNVERIFIABLE (503), never as good.
 * Public routes look at no token; where administrators are told more, at theirs alone, and one that does not count is nobody's.
 */
export async function verifyIdentity(app: App, deps: { keys: PublicKeys }): Promise<void> {
  app.decorateRequest('shownIdentity', null)
  app.decorateRequest('identityRefusal', null)
  await app.register(fastifyJwt, {
    secret: async (_request: FastifyRequest, token: unknown) => pemOf(deps.keys, decodedSchema.parse(token).header.kid),
    decode: { complete: true },
    verify: {
      algorithms: ['EdDSA'],
      allowedIss: 'ticket-queue',
      allowedAud: 'ticket-queue',
      requiredClaims: ['sub', 'role', 'jti', 'iat', 'exp'],
    },
  })
  const verified = createVerifiedTokens()
  app.addHook('onRequest', (request, _reply, done) => {
    const { authorization } = request.headers
    const isOpen = request.access?.needs === 'nobody'
    if ((isOpen && !request.access?.tellsAdminMore) || authorization === undefined) return done()
    const show = (identity: Identity) => {
      if (!isOpen || identity.role === 'ADMIN') request.shownIdentity = identity
    }
    // The list of keys is asked for each request, also for a token whose signature was checked lately.
    const known = verified.find(authorization)
    if (known !== null && deps.keys.known(known.kid) === known.pem) {
      show(known.identity)
      return done()
    }
    identify(request, authorization, { ...deps, verified }).then((verdict) => {
      if (verdict instanceof ProblemError) request.identityRefusal = verdict
      else show(verdict)
      done()
    }, done)
  })
}

/** Refuses who may not pass: 401 without a good token, 403 FORBIDDEN without role ADMIN where it is needed (GW-015). */
export function requireAccess(app: App): void {
  app.addHook('onRequest', (request, reply, done) => {
    const needs = request.access?.needs ?? 'user'
    if (needs !== 'nobody' && request.identity === null) {
      reply.header('www-authenticate', 'Bearer')
      throw request.identityRefusal ?? problem(errors, 'UNAUTHENTICATED')
    }
    if (needs === 'admin' && request.identity?.role !== 'ADMIN') throw problem(errors, 'FORBIDDEN')
    done()
  })
}

interface IdentifyDeps {
  readonly keys: PublicKeys
  readonly verified: VerifiedTokens
}

async function identify(
  request: FastifyRequest,
  authorization: string,
  deps: IdentifyDeps,
): Promise<Identity | ProblemError> {
  try {
    return (await verify(request, authorization, deps)).identity
  } catch (error) {
    if (error instanceof ProblemError) return error
    const code = error instanceof Error ? Reflect.get(error, 'code') : undefined
    request.log.debug({ reason: code }, 'access token refused')
    return problem(errors, code === 'FST_JWT_AUTHORIZATION_TOKEN_EXPIRED' ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID')
  }
}

async function verify(
  request: FastifyRequest,
  authorization: string,
  { keys, verified }: IdentifyDeps,
): Promise<VerifiedToken> {
  const { sub, role, jti, exp } = accessTokenClaimsSchema.parse(await request.jwtVerify())
  const { kid } = headerOf(authorization)
  const identity = { userId: sub, role, tokenId: jti, tokenExpiresAt: exp }
  const token = { identity, jti, expiresAt: exp, kid, pem: await pemOf(keys, kid) }
  verified.remember(authorization, token)
  return token
}

/** Of a token that has been verified: the part between the scheme and the first dot. */
function headerOf(authorization: string): z.infer<typeof headerSchema> {
  const [encoded = ''] = authorization.slice(authorization.lastIndexOf(' ') + 1).split('.', 1)
  return headerSchema.parse(JSON.parse(Buffer.from(encoded, 'base64url').toString()))
}

async function pemOf(keys: PublicKeys, kid: string): Promise<string> {
  const answer = await keys.find(kid)
  if (answer.kind === 'found') return answer.pem
  if (answer.kind === 'unknown') throw problem(errors, 'TOKEN_INVALID')
  throw problem(errors, 'IDENTITY_UNVERIFIABLE', { headers: { 'retry-after': '2' } })
}
