import {
  type App,
  buildHttp,
  type Log,
  type Metrics,
  requireGateway,
  requireServiceKey,
  type ServiceKeys,
} from '@ticket-queue/service-kit'
import type { AskPlaceDeps } from './ask-place.ts'
import { configureScheduleRoutes } from './configure-schedule/configure-schedule.route.ts'
import type { ConfigureScheduleDeps } from './configure-schedule/configure-schedule.ts'
import { enterQueueRoute } from './enter-queue/enter-queue.route.ts'
import type { EnterQueueDeps } from './enter-queue/enter-queue.ts'
import { errors } from './errors.ts'
import { issuePaymentTokenRoute } from './issue-payment-token/issue-payment-token.route.ts'
import type { IssuePaymentTokenDeps } from './issue-payment-token/issue-payment-token.ts'
import { giveUpPlacesRoute } from './leave-queue/give-up-places.route.ts'
import { leaveQueueRoute } from './leave-queue/leave-queue.route.ts'
import type { LeaveQueueDeps } from './leave-queue/leave-queue.ts'
import { readStatisticsRoute } from './read-statistics/read-statistics.route.ts'
import { readStatusRoute } from './read-status/read-status.route.ts'
import { revokeTokensRoute } from './revoke-tokens/revoke-tokens.route.ts'
import { type StreamPositionsDeps, streamPositions } from './stream-positions/stream-positions.ts'

interface HttpDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly serviceKeys: ServiceKeys
}

/** GW-014: nothing a person sends here is longer. */
const bodyLimitBytes = 10 * 1024

/** Gives the public server: what the gateway passes on. */
export function buildApp(
  deps: EnterQueueDeps & AskPlaceDeps & StreamPositionsDeps & ConfigureScheduleDeps & HttpDeps,
): App {
  const { log, metrics } = deps
  const app = buildHttp({ service: 'queue', log, metrics, errors, bodyLimitBytes })
  requireGateway(app, deps.serviceKeys)
  enterQueueRoute(app, deps)
  readStatusRoute(app, deps)
  streamPositions(app, deps)
  leaveQueueRoute(app, deps)
  readStatisticsRoute(app, deps)
  configureScheduleRoutes(app, deps)
  return app
}

/** Gives the internal server, for services with a key. */
export function buildInternalApp(deps: IssuePaymentTokenDeps & LeaveQueueDeps & HttpDeps): App {
  const { log, metrics } = deps
  const app = buildHttp({ service: 'queue-internal', log, metrics, errors, bodyLimitBytes })
  requireServiceKey(app, deps.serviceKeys)
  issuePaymentTokenRoute(app, deps)
  revokeTokensRoute(app, deps)
  giveUpPlacesRoute(app, deps)
  return app
}
