import type { FastifyReply, FastifyRequest } from 'fastify'
import { type SentBody, unpacked } from './answer-body.ts'
import { chooseCoding } from './choose-coding.ts'

/** With the quarter that this process serves unasked, half of the second within which readers see a change (EVT-019). */
const usualGatewayFreshMs = 250

export interface Answered {
  readonly audience?: 'public' | 'admin'
  /** How long the gateway may give what all may see to others; 0 for what this process has kept for longer already. */
  readonly gatewayFreshMs?: number
}

type Reply = Pick<FastifyReply, 'header' | 'type'> & { code(status: 200 | 304): { send(payload?: unknown): unknown } }

/**
 * Answers a JSON text as it is, in the coding that the client takes if there is one, or 304 when the client has it already.
 * The tag is the same in every coding and therefore weak (RFC 9110 §8.8.3.3). What only administrators see is kept out of
 * every cache; what all may see the gateway may give to others for a moment.
 */
export function answerEntry(
  request: Pick<FastifyRequest, 'headers'>,
  reply: Reply,
  body: SentBody,
  { audience = 'public', gatewayFreshMs = usualGatewayFreshMs }: Answered = {},
): void {
  reply
    .header('cache-control', audience === 'admin' ? 'private, no-store' : 'no-cache')
    .header('etag', `W/"${body.etag}"`)
    .header('vary', 'accept-encoding')
  if (audience === 'public' && gatewayFreshMs > 0) reply.header('x-gateway-fresh-ms', gatewayFreshMs)
  if (matches(request.headers['if-none-match'], body.etag)) {
    reply.code(304).send()
    return
  }
  reply.type('application/json; charset=utf-8')
  const coding = chooseCoding(acceptedCodings(request))
  const coded = coding === null ? null : body[coding]
  if (coding !== null && coded !== null) reply.header('content-encoding', coding)
  if (coded !== null || body.plain !== null) {
    reply.code(200).send(coded ?? body.plain)
    return
  }
  const { stream, bytes } = unpacked(body.gzip)
  reply.header('content-length', bytes).code(200).send(stream)
}

function acceptedCodings({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const accepted = headers['accept-encoding']
  return Array.isArray(accepted) ? accepted.join(',') : accepted
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`)
}
