import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** A body ready to be sent, with its entity tag (without quotes). */
type Tagged = { body: string; etag: string }
type Reply = Pick<FastifyReply, 'header' | 'type'> & { code(status: 200 | 304): { send(payload?: unknown): unknown } }

/**
 * Answers a JSON text as it is, or 304 when the client has it already. Tags are weak because the gateway may compress.
 * What only administrators see is kept out of every cache.
 */
export function answerEntry(
  request: Pick<FastifyRequest, 'headers'>,
  reply: Reply,
  { body, etag }: Tagged,
  audience: 'public' | 'admin' = 'public',
): void {
  reply.header('cache-control', audience === 'admin' ? 'private, no-store' : 'no-cache').header('etag', `W/"${etag}"`)
  if (matches(request.headers['if-none-match'], etag)) {
    reply.code(304).send()
    return
  }
  reply.type('application/json; charset=utf-8')
  reply.code(200).send(body)
}

/** The JSON text of a value that is not cached, with its tag. */
export const tagged = (value: unknown): Tagged => withTag({ body: JSON.stringify(value) })

/** A JSON text with its tag, made from the text unless there is one. */
export const withTag = ({ body, etag }: { body: string; etag?: string }): Tagged => ({
  body,
  etag: etag ?? createHash('sha1').update(body).digest('base64url'),
})

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === `"${etag}"`)
}
