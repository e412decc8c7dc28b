import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { kitErrors, problem } from '../http/errors.ts'
import { createCallerCheck, type ServiceKeys } from './service-keys.ts'

const headersSchema = z.object({
  'x-user-id': z.uuid(),
  'x-user-role': z.enum(['USER', 'ADMIN']),
  'x-token-id': z.uuid().optional(),
  'x-token-expires-at': z.coerce.number().int().positive().optional(),
})

/** Who asks, as the gateway has verified. `tokenExpiresAt` is in Unix seconds. */
export type Identity = {
  userId: string
  role: 'USER' | 'ADMIN'
  tokenId: string | null
  tokenExpiresAt: number | null
}

declare module 'fastify' {
  interface FastifyRequest {
    identity: Identity | null
    caller: string | null
  }
}

/**
 * Believes identity headers only from a caller that presents the gateway's key (GW-002); anybody else's are ignored and
 * the request has no identity. Repeated or malformed headers give none either.
 */
export function requireGateway(app: Pick<FastifyInstance, 'addHook'>, keys: ServiceKeys): void {
  const callerOf = createCallerCheck({ gateway: keys['gateway'] ?? [] })
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = callerOf(request)
    request.identity = request.caller === null ? null : readIdentity(request)
    done()
  })
}

/** Gives who asks, or null for somebody who is not logged in. */
export const identityOf = (request: Pick<FastifyRequest, 'identity'>): Identity | null => request.identity

/** Gives who asks; throws 401 UNAUTHENTICATED for somebody who is not logged in. */
export function requireIdentity(request: Pick<FastifyRequest, 'identity'>): Identity {
  if (request.identity === null) throw problem(kitErrors, 'UNAUTHENTICATED')
  return request.identity
}

/** Gives the administrator who asks; throws 401 UNAUTHENTICATED, or 403 FORBIDDEN for other roles (GW-015). */
export function requireAdmin(request: Pick<FastifyRequest, 'identity'>): Identity {
  const identity = requireIdentity(request)
  if (identity.role !== 'ADMIN') throw problem(kitErrors, 'FORBIDDEN')
  return identity
}

function readIdentity(request: FastifyRequest): Identity | null {
  const parsed = headersSchema.safeParse(request.headers)
  if (!parsed.success) return null
  return {
    userId: parsed.data['x-user-id'],
    role: parsed.data['x-user-role'],
    tokenId: parsed.data['x-token-id'] ?? null,
    tokenExpiresAt: parsed.data['x-token-expires-at'] ?? null,
  }
}
