import { createHash } from 'node:crypto'
import type { App } from '@ticket-queue/service-kit'
import type { FastifyRequest } from 'fastify'
import type { Books } from '../store/books.ts'
import { refuse } from './answers.ts'

const keptMs = 3 * 60 * 60 * 1000
const forgetEveryMs = 60_000
/** RFC 8941 string of 16 to 256 characters. */
const keyFormat = /^"([\x20\x21\x23-\x5b\x5d-\x7e]{16,256})"$/

interface Claim {
  readonly key: string
  readonly fingerprint: string
}

/**
 * Idempotency-Key as PortOne keeps it: for three hours a finished request is answered from store, one under way gives
 * 409 IDEMPOTENCY_OUTSTANDING_REQUEST, GET ignores the key. PortOne forbids one key for two requests without saying
 * what happens then; here it is INVALID_REQUEST, so that the mistake shows.
 */
export function replayAnswers(scope: App, deps: { books: Books; now: () => number }): void {
  const { books, now } = deps
  const outstanding = new Set<string>()
  const claims = new WeakMap<FastifyRequest, Claim>()
  let forgottenAtMs = now()

  scope.addHook('preValidation', async (request, reply) => {
    const header = request.headers['idempotency-key']
    if (request.method === 'GET' || header === undefined) return
    const key = keyFormat.exec(String(header))?.[1]
    if (key === undefined)
      return refuse(reply, 'INVALID_REQUEST', 'Idempotency-Key must be a quoted string of 16 to 256')
    const fingerprint = fingerprintOf(request)
    const stored = books.answers.get(key)
    if (stored && stored.atMs > now() - keptMs) {
      if (stored.fingerprint !== fingerprint)
        return refuse(reply, 'INVALID_REQUEST', 'Idempotency-Key of another request')
      return reply.code(stored.status).type('application/json; charset=utf-8').send(stored.body)
    }
    if (outstanding.has(key)) return refuse(reply, 'IDEMPOTENCY_OUTSTANDING_REQUEST')
    outstanding.add(key)
    claims.set(request, { key, fingerprint })
  })

  scope.addHook('onSend', async (request, reply, payload) => {
    const claim = claims.get(request)
    if (!claim) return payload
    outstanding.delete(claim.key)
    // What the sandbox could not do itself is no answer of PortOne's, and the next try may do it.
    if (reply.statusCode === 500 || reply.statusCode === 503 || typeof payload !== 'string') return payload
    if (now() - forgottenAtMs > forgetEveryMs) {
      forgottenAtMs = now()
      books.forgetAnswersBefore(now() - keptMs)
    }
    const answer = { fingerprint: claim.fingerprint, status: reply.statusCode, body: payload, atMs: now() }
    books.record({ kind: 'answered', key: claim.key, answer })
    return payload
  })
}

function fingerprintOf(request: FastifyRequest): string {
  const text = `${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`
  return createHash('sha256').update(text).digest('base64url')
}
