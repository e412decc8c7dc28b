import {
  type App,
  answerTogether,
  buildHttp,
  type Log,
  type Metrics,
  requireGateway,
  requireServiceKey,
  type ServiceKeys,
} from '@ticket-queue/service-kit'
import type { AskPlaceDeps } from './ask-place.ts'
import { commitDrawRoute } from './commit-draw/commit-draw.route.ts'
import type { CommitDrawDeps } from './commit-draw/commit-draw.ts'
import { configureScheduleRoutes } from './configure-schedule/configure-schedule.route.ts'
import type { ConfigureScheduleDeps } from './configure-schedule/configure-schedule.ts'
import { enterQueueRoute } from './enter-queue/enter-queue.route.ts'
import type { EnterQueueDeps } from './enter-queue/enter-queue.ts'
import { errors } from './errors.ts'
import { issuePaymentTokenRoute } from './issue-payment-token/issue-payment-token.route.ts'
import type { IssuePaymentTokensDeps } from './issue-payment-token/issue-payment-token.ts'
import { giveUpPlacesRoute } from './leave-queue/give-up-places.route.ts'
import { leaveQueueRoute } from './leave-queue/leave-queue.route.ts'
import type { LeaveQueueDeps } from './leave-queue/leave-queue.ts'
import { publishDrawRoute } from './publish-draw/publish-draw.route.ts'
import type { PublishDrawDeps } from './publish-draw/publish-draw.ts'
import { readDrawRoutes } from './read-draw/read-draw.route.ts'
import type { ReadDrawDeps } from './read-draw/read-draw.ts'
import { readStatisticsRoute } from './read-statistics/read-statistics.route.ts'
import { readStatusRoute } from './read-status/read-status.route.ts'
import { readStatusesRoute } from './read-status/read-statuses.route.ts'
import { recordBeaconRoute } from './record-beacon/record-beacon.route.ts'
import type { RecordBeaconDeps } from './record-beacon/record-beacon.ts'
import { revokeTokensRoute } from './revoke-tokens/revoke-tokens.route.ts'
import { type StreamPositionsDeps, streamPositions } from './stream-positions/stream-positions.ts'
import { voidDrawRoute } from './void-draw/void-draw.route.ts'
import type { VoidDrawDeps } from './void-draw/void-draw.ts'

interface HttpDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly serviceKeys: ServiceKeys
}

type DrawRoutesDeps = CommitDrawDeps & RecordBeaconDeps & PublishDrawDeps & VoidDrawDeps & ReadDrawDeps

/** GW-014: nothing a person sends here is longer. */
const bodyLimitBytes = 10 * 1024

/** Gives the public server: what the gateway passes on. */
export function buildApp(
  deps: EnterQueueDeps & AskPlaceDeps & StreamPositionsDeps & ConfigureScheduleDeps & DrawRoutesDeps & HttpDeps,
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
  drawRoutes(app, deps)
  return app
}

function drawRoutes(app: App, deps: DrawRoutesDeps): void {
  commitDrawRoute(app, deps)
  recordBeaconRoute(app, deps)
  publishDrawRoute(app, deps)
  voidDrawRoute(app, deps)
  readDrawRoutes(app, deps)
}

/** Gives the internal server, for services with a key; it takes several requests at once for the public one. */
export function buildInternalApp(
  deps: IssuePaymentTokensDeps & LeaveQueueDeps & AskPlaceDeps & HttpDeps,
  publicApp: App,
): App {
  const { log, metrics } = deps
  const app = buildHttp({ service: 'queue-internal', log, metrics, errors, bodyLimitBytes })
  requireServiceKey(app, deps.serviceKeys)
  answerTogether(app, publicApp)
  readStatusesRoute(app, deps)
  issuePaymentTokenRoute(app, deps)
  revokeTokensRoute(app, deps)
  giveUpPlacesRoute(app, deps)
  return app
}
