import { hash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { kitErrors, problem } from '../http/errors.ts'

/** The keys accepted from each caller; two while one is being replaced (INT-009). */
export type ServiceKeys = Readonly<Record<string, readonly string[]>>

/**
 * Gives a function that names the caller whose key a request presents, or null. Compares SHA-256 digests in constant
 * time against every key, so neither length nor position of a difference shows.
 */
export function createCallerCheck(keys: ServiceKeys): (request: FastifyRequest) => string | null {
  const accepted = Object.entries(keys).flatMap(([caller, list]) => list.map((key) => ({ caller, hash: digest(key) })))
  return (request) => {
    const offered = request.headers['x-service-api-key']
    if (typeof offered !== 'string' || offered === '') return null
    const hash = digest(offered)
    return accepted.reduce<string | null>(
      (found, { caller, hash: expected }) => (timingSafeEqual(hash, expected) ? caller : found),
      null,
    )
  }
}

/**
 * Lets only services with a known key into `app` (INT-001..006); `request.caller` names the one that called.
 * Others get 401 SERVICE_KEY_INVALID, and the attempt is logged with claimed caller, IP and time.
 */
export function requireServiceKey(app: Pick<FastifyInstance, 'addHook'>, keys: ServiceKeys): void {
  const callerOf = createCallerCheck(keys)
  app.addHook('onRequest', (request, _reply, done) => {
    request.caller = callerOf(request)
    if (request.caller !== null) return done()
    const claimedCaller = String(request.headers['x-service-name'] ?? 'unknown').slice(0, 64)
    request.log.warn({ claimedCaller, ip: request.ip, path: request.routeOptions.url }, 'service key refused')
    throw problem(kitErrors, 'SERVICE_KEY_INVALID')
  })
}

const digest = (text: string): Buffer => hash('sha256', text, 'buffer')
