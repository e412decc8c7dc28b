import { isUtf8 } from 'node:buffer'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from '../domain/path-of.ts'
import type { UpstreamName } from '../domain/upstreams.ts'
import type { AskTogether } from './ask-together.ts'
import { brokenStatuses, refusalOf, send } from './forward.ts'
import { headersForClient, headersForService, withOurVary } from './forwarded-headers.ts'
import type { KeptAnswers } from './kept-answers.ts'
import type { Outcome } from './upstream-breaker.ts'

/** What a crowd does in the same moment, and what is answered from memory or Redis, or waits for what it shares with others. */
const paths = new Set(['/queue/enter', '/reservations/hold'])
const bodyMax = 4_096
const targetMax = 2_048

/** Whether a request may go to its service with others: a short text on one of the paths that a crowd takes. */
export function mayGoTogether({ method, url, headers, body }: FastifyRequest): boolean {
  return (
    method === 'POST' &&
    url.length <= targetMax &&
    paths.has(pathOf(url)) &&
    headers['content-encoding'] === undefined &&
    Buffer.isBuffer(body) &&
    body.length <= bodyMax &&
    isUtf8(body)
  )
}

type Upstream = { upstream: UpstreamName; kept: KeptAnswers; ask: AskTogether; apiKey: string }

/** Sends a request on with others, and its answer back; `alone` where the service has not taken it. Settles as `forward` does. */
export async function forwardTogether(
  { upstream, kept, ask, apiKey }: Upstream,
  request: FastifyRequest,
  reply: FastifyReply,
  alone: () => Promise<Outcome>,
): Promise<Outcome> {
  const asking = kept.asking(request)
  try {
    const answer = await ask({
      method: 'POST',
      url: request.url,
      headers: textsOf(headersForService(request.headers, request, apiKey)),
      body: String(request.body),
    })
    if (answer === null) return await alone()
    const { status, headers, body } = answer
    asking.end()
    reply.code(status).headers(withOurVary(headersForClient(headers), reply.getHeader('vary')))
    send(request, reply, body)
    return brokenStatuses.has(status) ? 'failed' : 'answered'
  } catch (error) {
    asking.end()
    reply.send(refusalOf(upstream, error as Error))
    return 'failed'
  }
}

/** The length is that of another spelling of the body by then. */
function textsOf(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && name !== 'content-length') texts[name] = value
  }
  return texts
}
