import { fastifyHttpProxy } from '@fastify/http-proxy'
import type { App, Log, Metrics } from '@ticket-queue/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Forwarding, forwardings, type UpstreamName, upstreamNames } from '../domain/upstreams.ts'
import { createAskUpstream, ShortBody } from './ask-upstream.ts'
import { headersForClient, headersForService, withOurVary } from './forwarded-headers.ts'
import { type BreakerSettings, createBreaker, type Outcome, type UpstreamBreaker } from './upstream-breaker.ts'
import { timeoutProblem, unavailableProblem } from './upstream-refusals.ts'

export type RoutingDeps = {
  upstreams: Record<UpstreamName, string>
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
  for (const forwarding of forwardings) {
    app.register(async (scope) => registerProxy(scope as App, forwarding, breakers[forwarding.upstream], deps))
  }
}

async function registerProxy(app: App, forwarding: Forwarding, breaker: UpstreamBreaker, deps: RoutingDeps) {
  const { prefix, upstream, endless, bodyLimitBytes } = forwarding
  const timeoutMs = deps.timeoutsMs[forwarding.timeout]
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
      breaker.run(
        () => forward(upstream, request, reply, destination, options),
        (retryAfterSeconds) => void reply.send(unavailableProblem(upstream, retryAfterSeconds)),
      )
      return reply
    },
  })
}

/** The body is read whole, so that its limit holds for chunks too, and goes on byte for byte: webhooks are signed over bytes. */
function takeBodiesAsBytes(app: App, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
}

type ForwardingOptions = NonNullable<Parameters<FastifyReply['from']>[1]>

const brokenStatuses = new Set([500, 502, 504])
const compressFromBytes = 1024

/**
 * Sends the request on and the answer back. Settles once the service has answered or failed, also for a client that has
 * gone meanwhile: a breaker left waiting for it would refuse everybody for ever.
 */
function forward(
  upstream: UpstreamName,
  request: FastifyRequest,
  reply: FastifyReply,
  destination: string,
  options: ForwardingOptions,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const { rewriteHeaders } = options
  const body = Buffer.isBuffer(request.body)
    ? { body: request.body, contentType: request.headers['content-type'] ?? 'application/octet-stream' }
    : {}
  try {
    reply.from(destination, {
      ...options,
      ...body,
      rewriteHeaders: (headers, original) => {
        // For a client that has gone this is the only sign of an answer; for others onResponse has the last word.
        if (request.raw.destroyed || reply.raw.destroyed) resolve('answered')
        const ours = reply.getHeader('vary')
        return withOurVary(rewriteHeaders === undefined ? headers : rewriteHeaders(headers, original), ours)
      },
      onResponse: (_request, _reply, answer) => {
        if (Number(reply.getHeader('content-length')) < compressFromBytes) request.headers['x-no-compression'] = 'small'
        reply.send(payloadOf(answer.stream))
        resolve(brokenStatuses.has(reply.statusCode) ? 'failed' : 'answered')
      },
      onError: (_reply, { error }) => {
        reply.send(refusalOf(upstream, error))
        resolve('failed')
      },
    })
  } catch (error) {
    reply.send(error)
    resolve('answered')
  }
  return promise
}

const timeoutCodes = new Set(['FST_REPLY_FROM_GATEWAY_TIMEOUT', 'FST_REPLY_FROM_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

function refusalOf(upstream: UpstreamName, error: Error) {
  const isTimeout = [error, error.cause].some((one) => one instanceof Error && timeoutCodes.has(codeOf(one)))
  return isTimeout ? timeoutProblem(upstream, error) : unavailableProblem(upstream, 1, error)
}

const codeOf = (error: Error) => String(Reflect.get(error, 'code'))

/** Nothing is what Fastify takes for an answer that has no body. */
function payloadOf(body: unknown): unknown {
  if (!(body instanceof ShortBody)) return body
  return body.bytes.length === 0 ? undefined : body.bytes
}
