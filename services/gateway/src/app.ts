import type { RedisClient } from '@ticket-queue/redis'
import { type App, buildHttp, type Log, type Metrics } from '@ticket-queue/service-kit'
import { errors } from './errors.ts'
import { findAccess } from './find-access/find-access.ts'
import { guardQueueToken } from './guard-queue-token/guard-queue-token.ts'
import { joinOpenapi } from './join-openapi/join-openapi.ts'
import { readDocs } from './join-openapi/read-docs.ts'
import { limitRequests, type RequestLimits } from './limit-requests/limit-requests.ts'
import { refuseStrangePaths, targetToRoute } from './refuse-strange-paths/refuse-strange-paths.ts'
import { type RoutingDeps, routeRequests } from './route-requests/route-requests.ts'
import { secureAnswers } from './secure-answers/secure-answers.ts'
import type { PublicKeys } from './verify-identity/public-keys.ts'
import { requireAccess, verifyIdentity } from './verify-identity/verify-identity.ts'

export type GatewayDeps = RoutingDeps & {
  log: Log
  metrics: Metrics
  keys: PublicKeys
  /** Asked about tokens; fails fast. */
  redis: RedisClient
  /** A connection of its own, so that who shows no token never waits behind those who do; fails fast. */
  limitsRedis: RedisClient
  limits: RequestLimits
  corsOrigins: readonly string[]
  trustedHops: number
}

/** Gives the gateway, not listening. A forwarded request is first identified, then counted, then let in or refused. */
export async function buildApp(deps: GatewayDeps): Promise<App> {
  const { log, metrics } = deps
  const app = buildHttp({
    service: 'gateway',
    log,
    metrics,
    errors,
    trustedHops: deps.trustedHops,
    rewriteUrl: targetToRoute,
    openapi: false,
  })
  refuseStrangePaths(app)
  await secureAnswers(app, deps)
  joinOpenapi(app, deps)
  readDocs(app)
  app.register(async (scope) => {
    const forwarded = scope as App
    findAccess(forwarded)
    await verifyIdentity(forwarded, deps)
    await limitRequests(forwarded, deps)
    requireAccess(forwarded)
    guardQueueToken(forwarded)
    routeRequests(forwarded, deps)
  })
  return app
}
