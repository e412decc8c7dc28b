import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyRequest } from 'fastify'

export type KeptAnswer = { readonly statusCode: number; readonly headers: IncomingHttpHeaders; readonly bytes: Buffer }

type Asked = Pick<FastifyRequest, 'method' | 'url' | 'headers' | 'identity'>

/** What a service has said lately to everybody alike. */
export type KeptAnswers = {
  /** An answer to the same question that may still be given. */
  find(request: Asked): KeptAnswer | null
  /** To be called before the service is asked. */
  asking(request: Asked): Asking
}

export type Asking = {
  /** Takes the answer, which stays fresh for so long from when it was asked for. */
  keep(answer: KeptAnswer, freshMs: number): void
  /** To be called before the client hears what became of the request: what it may have changed is forgotten. */
  end(): void
}

/** With it a service allows its answer to be given to others for so many milliseconds from when it was asked for. */
export const freshHeader = 'x-gateway-fresh-ms'

const freshMsMax = 1_000
const answersMax = 1_000
const keyMax = 2_000
const keptStatuses = new Set([200, 304])

/**
 * Gives an empty memory of short answers that a service allows to be given again, so that a crowd on one page costs one hop instead
 * of two. Only what is asked for by nobody in particular, and what depends on nothing but the target, the coding and what
 * the client has. A change that goes through here makes it forget all; of more than 1,000 answers it forgets the oldest.
 */
export function createKeptAnswers(): KeptAnswers {
  const kept = new Map<string, { answer: KeptAnswer; freshUntil: number }>()
  let changes = 0
  const forget = () => {
    changes += 1
    kept.clear()
  }
  return {
    find(request) {
      if (kept.size === 0 || !isForAll(request)) return null
      const found = kept.get(keyOf(request))
      return found !== undefined && performance.now() < found.freshUntil ? found.answer : null
    },
    asking(request) {
      const key = keyOf(request)
      const mayKeep = isForAll(request) && key.length <= keyMax
      const askedAt = performance.now()
      const before = changes
      return {
        keep(answer, freshMs) {
          // What was asked for while a change went by may be older than it.
          if (!mayKeep || !(freshMs > 0) || changes !== before || !mayBeKept(answer)) return
          kept.delete(key)
          kept.set(key, { answer, freshUntil: askedAt + Math.min(freshMs, freshMsMax) })
          const [oldest] = kept.keys()
          if (kept.size > answersMax && oldest !== undefined) kept.delete(oldest)
        },
        end: () => {
          if (!isReading(request)) forget()
        },
      }
    },
  }
}

const isReading = ({ method }: Asked) => method === 'GET' || method === 'HEAD'

const isForAll = ({ method, identity, headers }: Asked): boolean =>
  method === 'GET' && identity === null && headers.range === undefined

const keyOf = ({ url, headers }: Asked): string =>
  `${url} ${headers['accept-encoding'] ?? ''} ${headers['if-none-match'] ?? ''}`

function mayBeKept({ statusCode, headers }: KeptAnswer): boolean {
  const dependsOn = headers.vary ?? 'accept-encoding'
  return keptStatuses.has(statusCode) && dependsOn.toLowerCase() === 'accept-encoding' && !('set-cookie' in headers)
}
