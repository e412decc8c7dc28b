import {
  type StatusPoll,
  statusPollSchema,
  statusPollsMax,
  toldStatusesSchema,
} from '@ticket-queue/contracts/http/queue'
import { gatherCalls } from '@ticket-queue/redis'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathOf } from '../domain/path-of.ts'
import { refusalOf, send } from './forward.ts'
import type { UpstreamBreaker } from './upstream-breaker.ts'

/** Answers a request if it is one for a place in a queue; false for any other, which is left as it was. */
export type AnswerPoll = (request: FastifyRequest, reply: FastifyReply, sendAlone: () => void) => boolean

type Deps = { readonly queue: CallService; readonly breaker: UpstreamBreaker }
type Asked = { readonly poll: StatusPoll; readonly requestId: string }

/**
 * Gives what answers polls of the queue (`GET /queue/status`): those that come in one turn of the event loop are asked of the service in
 * one call, because a call for each is half of what a poll costs here (decision 0027). Whose place the call does not tell is sent on alone
 * by `sendAlone`, and so refused in the service's own words. A call without an answer is 503 or 504 for all of it, and is not repeated.
 */
export function gatherPolls({ queue, breaker }: Deps): AnswerPoll {
  const ask = gatherCalls((asked: readonly Asked[]) => askTogether(asked, { queue, breaker }), {
    itemsMax: statusPollsMax,
  })
  return (request, reply, sendAlone) => {
    const poll = pollOf(request)
    if (poll === null) return false
    ask({ poll, requestId: request.id }).then(
      (place) => {
        if (place === null) return sendAlone()
        reply.header('cache-control', 'no-store').type('application/json; charset=utf-8')
        send(request, reply, place)
      },
      (error: unknown) => void reply.send(refusalOf('queue', error as Error)),
    )
    return true
  }
}

/** What the service would read from the request, or null where only the service can say what is wrong with it. */
function pollOf({ method, url, query, headers, identity }: FastifyRequest): StatusPoll | null {
  if (method !== 'GET' || pathOf(url) !== '/queue/status' || identity === null) return null
  const asked = Object(query)
  const ticket = asked.ticket ?? headers['x-queue-ticket']
  return statusPollSchema.safeParse({ userId: identity.userId, scheduleId: asked.scheduleId, ticket }).data ?? null
}

/** Under the request ID of the first. */
function askTogether(asked: readonly Asked[], { queue, breaker }: Deps): Promise<(string | null)[]> {
  const { promise, resolve, reject } = Promise.withResolvers<(string | null)[]>()
  const allAlone = () => resolve(asked.map(() => null))
  const call = { body: { polls: asked.map(({ poll }) => poll) }, requestId: asked[0]?.requestId ?? '' }
  breaker.run(async () => {
    try {
      resolve((await queue.post('/internal/statuses', toldStatusesSchema, call)).places)
    } catch (error) {
      if (!(error instanceof ServiceCallError) || error.status === null) {
        reject(error)
        return 'failed'
      }
      // A service of an earlier version does not know the call.
      allAlone()
    }
    return 'answered'
  }, allAlone)
  return promise
}
