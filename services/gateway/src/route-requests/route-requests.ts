import { fastifyHttpProxy } from '@fastify/http-proxy'
import type { App, CallService, Log, Metrics } from '@ticket-queue/service-kit'
import { type Forwarding, forwardings, type UpstreamName, upstreamNames } from '../domain/upstreams.ts'
import type { AskTogether } from './ask-together.ts'
import { createAskUpstream } from './ask-upstream.ts'
import { forward, sendKept } from './forward.ts'
import { forwardTogether, mayGoTogether } from './forward-together.ts'
import { headersForClient, headersForService } from './forwarded-headers.ts'
import { type AnswerPoll, gatherPolls } from './gather-polls.ts'
import { createKeptAnswers, type KeptAnswers } from './kept-answers.ts'
import { type BreakerSettings, createBreaker, type UpstreamBreaker } from './upstream-breaker.ts'
import { unavailableProblem } from './upstream-refusals.ts'

export type RoutingDeps = {
  upstreams: Record<UpstreamName, string>
  /** The internal port of the queue service. */
  queue: CallService
  /** Ways to services that take several requests at once. */
  together: Partial<Record<UpstreamName, AskTogether>>
  apiKey: string
  timeoutsMs: Record<Forwarding['timeout'], number>
  breakers: Record<UpstreamName, BreakerSettings>
  log: Log
  metrics: Metrics
}

/** Forwards what is on the allow-list to its service, each service behind a breaker of its own; nothing is ever tried twice. */
export function routeRequests(app: App, deps: RoutingDeps): void {
  const breakers = Object.fromEntries(
    upstreamNames.map((name) => [name, createBreaker(name, deps.breakers[name], deps)]),
  ) as Record<UpstreamName, UpstreamBreaker>
  app.addHook('onClose', async () => {
    for (const breaker of Object.values(breakers)) breaker.close()
  })
  const kept = Object.fromEntries(upstreamNames.map((name) => [name, createKeptAnswers()])) as Record<
    UpstreamName,
    KeptAnswers
  >
  const answerPoll = gatherPolls({ queue: deps.queue, breaker: breakers.queue })
  for (const forwarding of forwardings) {
    const upstream = { breaker: breakers[forwarding.upstream], kept: kept[forwarding.upstream], answerPoll }
    app.register(async (scope) => registerProxy(scope as App, forwarding, upstream, deps))
  }
}

/** What all routes to one service share. */
type Shared = { breaker: UpstreamBreaker; kept: KeptAnswers; answerPoll: AnswerPoll }

async function registerProxy(
  app: App,
  forwarding: Forwarding,
  { breaker, kept, answerPoll }: Shared,
  deps: RoutingDeps,
) {
  const { prefix, upstream, endless, bodyLimitBytes } = forwarding
  const timeoutMs = deps.timeoutsMs[forwarding.timeout]
  const ask = deps.together[upstream]
  takeBodiesAsBytes(app, bodyLimitBytes)
  await app.register(fastifyHttpProxy, {
    upstream: deps.upstreams[upstream],
    prefix,
    rewritePrefix: prefix,
    httpMethods: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
    proxyPayloads: false,
    internalRewriteLocationHeader: false,
    disableCache: true,
    disableRequestLogging: true,
    destroyAgent: true,
    retryMethods: [],
    undici: createAskUpstream({
      // A stream keeps its connection for as long as it is open, so that any limit would be one of streams.
      connections: endless ? null : 256,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      connect: { timeout: 3000, rejectUnauthorized: true },
      headersTimeout: timeoutMs,
      bodyTimeout: endless ? 0 : timeoutMs,
    }),
    replyOptions: {
      rewriteRequestHeaders: (request, headers) => headersForService(headers, request, deps.apiKey),
      rewriteHeaders: headersForClient,
    },
    handler: (request, reply, destination, options) => {
      if (sendKept(kept, request, reply)) return reply
      const alone = () => forward({ upstream, kept }, request, reply, destination, options)
      const sendAlone = () =>
        breaker.run(
          ask === undefined || !mayGoTogether(request)
            ? alone
            : () => forwardTogether({ upstream, kept, ask, apiKey: deps.apiKey }, request, reply, alone),
          (retryAfterSeconds) => void reply.send(unavailableProblem(upstream, retryAfterSeconds)),
        )
      if (!answerPoll(request, reply, sendAlone)) sendAlone()
      return reply
    },
  })
}

/** The body is read whole, so that its limit holds for chunks too, and goes on byte for byte: webhooks are signed over bytes. */
function takeBodiesAsBytes(app: App, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
}
