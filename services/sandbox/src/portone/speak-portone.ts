import { timingSafeEqual } from 'node:crypto'
import type { App } from '@ticket-queue/service-kit'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { portoneErrorBody } from '../domain/portone-errors.ts'
import { readJson } from '../protocol/read-bodies.ts'
import { type Books, BooksFullError } from '../store/books.ts'
import { refuse } from './answers.ts'
import { replayAnswers } from './replay-answers.ts'

export interface PortoneProtocolDeps {
  readonly books: Books
  readonly apiSecret: string
  /** Unix ms. */
  readonly now: () => number
}

/**
 * Makes the routes registered on `scope` after this call speak PortOne V2's rules: `Authorization: PortOne <secret>`,
 * JSON whatever the body is labelled (its own SDK labels it text/plain), Idempotency-Key, `{type, message}` errors.
 */
export function speakPortone(scope: App, deps: PortoneProtocolDeps): void {
  readJson(scope)
  scope.setErrorHandler(renderPortoneError)
  scope.addHook('onRequest', async (request, reply) => {
    if (!authorized(request.headers.authorization, deps.apiSecret)) return refuse(reply, 'UNAUTHORIZED')
  })
  replayAnswers(scope, deps)
}

function authorized(header: string | undefined, secret: string): boolean {
  const expected = Buffer.from(`PortOne ${secret}`)
  const given = Buffer.from(header ?? '')
  return given.length === expected.length && timingSafeEqual(given, expected)
}

function renderPortoneError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.validation || (error.statusCode !== undefined && error.statusCode < 500)) {
    return refuse(reply, 'INVALID_REQUEST', error.message)
  }
  if (error instanceof BooksFullError) return refuse(reply, 'SANDBOX_FULL', error.message)
  request.log.error({ err: error }, 'request failed')
  return reply.code(error.statusCode ?? 500).send(portoneErrorBody('SANDBOX_FAILED'))
}
