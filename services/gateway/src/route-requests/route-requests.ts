import type { App, Log, Metrics } from '@ticket-queue/service-kit'
import { Pool } from 'undici'
import { type Forwarding, forwardings, type UpstreamName, upstreamNames } from '../domain/upstreams.ts'
import { forwardRequest } from './forward-request.ts'
import { type BreakerSettings, createBreaker, type UpstreamBreaker } from './upstream-breaker.ts'
import { unavailableProblem } from './upstream-refusals.ts'

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
    const register = async (scope: unknown) =>
      registerRoutes(scope as App, forwarding, breakers[forwarding.upstream], deps)
    app.register(register, { prefix: forwarding.prefix })
  }
}

function registerRoutes(app: App, forwarding: Forwarding, breaker: UpstreamBreaker, deps: RoutingDeps): void {
  const { upstream, bodyLimitBytes } = forwarding
  const connections = connectionsTo(deps.upstreams[upstream], forwarding, deps.timeoutsMs)
  const destination = { upstream, connections, apiKey: deps.apiKey }
  app.addHook('onClose', () => connections.destroy())
  takeBodiesAsBytes(app, bodyLimitBytes)
  for (const url of ['/', '/*']) {
    app.route({
      url,
      method: ['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT'],
      // Gives nothing back: Fastify would watch the connection for the end of an answer that it is given as a promise.
      handler: (request, reply) => {
        breaker.run(
          (settle) => forwardRequest(destination, request, reply, settle),
          (retryAfterSeconds) => void reply.send(unavailableProblem(upstream, retryAfterSeconds)),
        )
      },
    })
  }
}

function connectionsTo(url: string, { timeout, endless }: Forwarding, timeoutsMs: RoutingDeps['timeoutsMs']): Pool {
  return new Pool(new URL(url).origin, {
    // A stream keeps its connection for as long as it is open, so that any limit would be one of streams.
    connections: endless ? null : 256,
    pipelining: 1,
    keepAliveTimeout: 30_000,
    connect: { timeout: 3_000, rejectUnauthorized: true },
    headersTimeout: timeoutsMs[timeout],
    bodyTimeout: endless ? 0 : timeoutsMs[timeout],
  })
}

/** The body is read whole, so that its limit holds for chunks too, and goes on byte for byte: webhooks are signed over bytes. */
function takeBodiesAsBytes(app: App, bodyLimit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
}
