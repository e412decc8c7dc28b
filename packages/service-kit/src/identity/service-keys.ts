import { timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { kitErrors, problem } from '../http/errors.ts'

/** The keys accepted from each caller; two while one is being replaced (INT-009). */
export type ServiceKeys = Readonly<Record<string, readonly string[]>>

const keyBytesMax = 512

/**
 * Gives a function that names the caller whose key a request presents, or null. Compares what was presented in constant time against every
 * key, all filled up to one length, so neither length nor position of a difference shows. Throws for a key of more than 512 bytes.
 */
export function createCallerCheck(keys: ServiceKeys): (request: FastifyRequest) => string | null {
  const accepted = Object.entries(keys).flatMap(([caller, list]) =>
    list.map((key) => ({ caller, key: filledUp(Buffer.alloc(keyBytesMax), key) })),
  )
  if (accepted.some(({ key }) => key === null)) throw new Error(`a service key has more than ${keyBytesMax} bytes`)
  const scratch = Buffer.alloc(keyBytesMax)
  return (request) => {
    const offered = request.headers['x-service-api-key']
    const filled = typeof offered === 'string' && offered !== '' ? filledUp(scratch, offered) : null
    if (filled === null) return null
    return accepted.reduce<string | null>(
      (found, { caller, key }) => (key !== null && timingSafeEqual(filled, key) ? caller : found),
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

/** Null for a text that is too long, or that another one would look like when it is filled up. */
function filledUp(bytes: Buffer, text: string): Buffer | null {
  if (Buffer.byteLength(text) > bytes.length || text.includes('\0')) return null
  bytes.fill(0)
  bytes.write(text)
  return bytes
}
