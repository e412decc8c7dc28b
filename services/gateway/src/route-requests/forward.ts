import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { UpstreamName } from '../domain/upstreams.ts'
import { ShortBody } from './ask-upstream.ts'
import { withOurVary } from './forwarded-headers.ts'
import { freshHeader, type KeptAnswers } from './kept-answers.ts'
import type { Outcome } from './upstream-breaker.ts'
import { timeoutProblem, unavailableProblem } from './upstream-refusals.ts'

type ForwardingOptions = NonNullable<Parameters<FastifyReply['from']>[1]>

/** Say that the service itself is broken. */
export const brokenStatuses = new Set([500, 502, 504])
const compressFromBytes = 1024

type Upstream = { upstream: UpstreamName; kept: KeptAnswers }

/** Answers with what the service said a moment ago and has allowed to be said again; false if there is nothing of the kind. */
export function sendKept(kept: KeptAnswers, request: FastifyRequest, reply: FastifyReply): boolean {
  const answer = kept.find(request)
  if (answer === null) return false
  reply.code(answer.statusCode).headers(withOurVary(answer.headers, reply.getHeader('vary')))
  send(request, reply, answer.bytes)
  return true
}

/**
 * Sends the request on and the answer back. Settles once the service has answered or failed, also for a client that has
 * gone meanwhile: a breaker left waiting for it would refuse everybody for ever.
 */
export function forward(
  { upstream, kept }: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  destination: string,
  options: ForwardingOptions,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const { rewriteHeaders } = options
  let answered: { freshMs: number; headers: IncomingHttpHeaders } = { freshMs: 0, headers: {} }
  const asking = kept.asking(request)
  const settle = (outcome: Outcome) => {
    asking.end()
    resolve(outcome)
  }
  const body = Buffer.isBuffer(request.body)
    ? { body: request.body, contentType: request.headers['content-type'] ?? 'application/octet-stream' }
    : {}
  try {
    reply.from(destination, {
      ...options,
      ...body,
      rewriteHeaders: (headers, original) => {
        // For a client that has gone this is the only sign of an answer; for others onResponse has the last word.
        if (request.raw.destroyed || reply.raw.destroyed) settle('answered')
        const shown = rewriteHeaders === undefined ? headers : rewriteHeaders(headers, original)
        answered = { freshMs: Number(headers[freshHeader] ?? 0), headers: shown }
        return withOurVary(shown, reply.getHeader('vary'))
      },
      onResponse: (_request, _reply, { stream }: { stream: unknown }) => {
        settle(brokenStatuses.has(reply.statusCode) ? 'failed' : 'answered')
        if (stream instanceof ShortBody) {
          const { statusCode } = reply
          asking.keep({ statusCode, headers: answered.headers, bytes: stream.bytes }, answered.freshMs)
          send(request, reply, stream.bytes)
        } else reply.send(stream)
      },
      onError: (_reply, { error }) => {
        settle('failed')
        reply.send(refusalOf(upstream, error))
      },
    })
  } catch (error) {
    settle('answered')
    reply.send(error)
  }
  return promise
}

const timeoutCodes = new Set(['FST_REPLY_FROM_GATEWAY_TIMEOUT', 'FST_REPLY_FROM_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** What the client is told where no answer came. */
export function refusalOf(upstream: UpstreamName, error: Error) {
  const isTimeout = [error, error.cause].some(
    (one) => one instanceof Error && (one.name === 'TimeoutError' || timeoutCodes.has(codeOf(one))),
  )
  return isTimeout ? timeoutProblem(upstream, error) : unavailableProblem(upstream, 1, error)
}

const codeOf = (error: Error) => String(Reflect.get(error, 'code'))

/** Sends a body that is there as a whole; nothing is what Fastify takes for an answer that has none. */
export function send(request: FastifyRequest, reply: FastifyReply, body: Buffer | string): void {
  if (body.length < compressFromBytes) request.headers['x-no-compression'] = 'small'
  reply.send(body.length === 0 ? undefined : body)
}
