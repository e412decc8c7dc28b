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
import { acceptOfferRoute } from './accept-offer/accept-offer.route.ts'
import type { AcceptOfferDeps } from './accept-offer/accept-offer.ts'
import { admitTicketRoute } from './admit-ticket/admit-ticket.route.ts'
import { beginPaymentRoutes } from './begin-payment/begin-payment.route.ts'
import type { BeginPaymentDeps } from './begin-payment/begin-payment.ts'
import { cancelReservationRoute } from './cancel-reservation/cancel-reservation.route.ts'
import type { CancelReservationDeps } from './cancel-reservation/cancel-reservation.ts'
import { changeSeatsRoute } from './change-seats/change-seats.route.ts'
import type { ChangeSeatsDeps } from './change-seats/change-seats.ts'
import { drawTicketRoute } from './draw-ticket/draw-ticket.route.ts'
import type { DrawTicketDeps } from './draw-ticket/draw-ticket.ts'
import { errors } from './errors.ts'
import { holdSeatsRoute } from './hold-seats/hold-seats.route.ts'
import type { HoldSeatsDeps } from './hold-seats/hold-seats.ts'
import { joinWaitingListRoute } from './join-waiting-list/join-waiting-list.route.ts'
import type { JoinWaitingListDeps } from './join-waiting-list/join-waiting-list.ts'
import { leaveWaitingListRoute } from './leave-waiting-list/leave-waiting-list.route.ts'
import type { LeaveWaitingListDeps } from './leave-waiting-list/leave-waiting-list.ts'
import { listConfirmedSeatsRoute } from './list-confirmed-seats/list-confirmed-seats.route.ts'
import { listReservationsRoute } from './list-reservations/list-reservations.route.ts'
import { listWaitingEntriesRoute } from './list-waiting-entries/list-waiting-entries.route.ts'
import { publishTicketKeysRoute } from './publish-ticket-keys/publish-ticket-keys.route.ts'
import { readOutcomeRoute } from './read-outcome/read-outcome.route.ts'
import { readReservationRoute } from './read-reservation/read-reservation.route.ts'
import type { ReadReservationDeps } from './read-reservation/read-reservation.ts'
import { readSeatStatesRoute } from './read-seat-states/read-seat-states.route.ts'
import type { ReadSeatStatesDeps } from './read-seat-states/read-seat-states.ts'
import { releaseHoldRoute } from './release-hold/release-hold.route.ts'
import type { ReleaseHoldDeps } from './release-hold/release-hold.ts'
import { type StreamSeatStatesDeps, streamSeatStates } from './stream-seat-states/stream-seat-states.ts'
import { type StreamWaitingListDeps, streamWaitingList } from './stream-waiting-list/stream-waiting-list.ts'
import { uploadEntriesRoute } from './upload-entries/upload-entries.route.ts'

interface HttpDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly keys: ServiceKeys
}

/** The public API of this service, as the gateway calls it. */
export function buildApp(
  deps: HoldSeatsDeps &
    ChangeSeatsDeps &
    ReadSeatStatesDeps &
    StreamSeatStatesDeps &
    StreamWaitingListDeps &
    ReleaseHoldDeps &
    ReadReservationDeps &
    CancelReservationDeps &
    JoinWaitingListDeps &
    LeaveWaitingListDeps &
    AcceptOfferDeps &
    DrawTicketDeps &
    HttpDeps,
): App {
  const app = buildHttp({ service: 'reservation', log: deps.log, metrics: deps.metrics, errors })
  requireGateway(app, deps.keys)
  readSeatStatesRoute(app, deps)
  streamSeatStates(app, deps)
  holdSeatsRoute(app, deps)
  changeSeatsRoute(app, deps)
  releaseHoldRoute(app, deps)
  listReservationsRoute(app, deps)
  readReservationRoute(app, deps)
  cancelReservationRoute(app, deps)
  joinWaitingListRoute(app, deps)
  listWaitingEntriesRoute(app, deps)
  leaveWaitingListRoute(app, deps)
  streamWaitingList(app, deps)
  acceptOfferRoute(app, deps)
  drawTicketRoute(app, deps)
  publishTicketKeysRoute(app, deps)
  admitTicketRoute(app, deps)
  uploadEntriesRoute(app, deps)
  return app
}

/** The API for other services, on a port of its own. */
export function buildInternalApp(deps: BeginPaymentDeps & HttpDeps, publicApp: App): App {
  const app = buildHttp({ service: 'reservation', log: deps.log, metrics: deps.metrics, errors })
  requireServiceKey(app, deps.keys)
  answerTogether(app, publicApp)
  beginPaymentRoutes(app, deps)
  listConfirmedSeatsRoute(app, deps)
  readOutcomeRoute(app, deps)
  return app
}
