import {
  type App,
  buildHttp,
  type Log,
  type Metrics,
  requireGateway,
  requireServiceKey,
  type ServiceKeys,
} from '@ticket-queue/service-kit'
import { addScheduleRoute } from './add-schedule/add-schedule.route.ts'
import { cancelEventRoute } from './cancel-event/cancel-event.route.ts'
import { changeEventRoute } from './change-event/change-event.route.ts'
import { changeHallRoute } from './change-hall/change-hall.route.ts'
import { changeScheduleRoute } from './change-schedule/change-schedule.route.ts'
import { changeVenueRoute } from './change-venue/change-venue.route.ts'
import { checkConsistencyRoute } from './check-consistency/check-consistency.route.ts'
import type { ReservationBooks } from './consistency/reservation-books.ts'
import { createEventRoute } from './create-event/create-event.route.ts'
import { createHallRoute } from './create-hall/create-hall.route.ts'
import { createVenueRoute } from './create-venue/create-venue.route.ts'
import { deleteEventRoute } from './delete-event/delete-event.route.ts'
import { deleteHallRoute } from './delete-hall/delete-hall.route.ts'
import { deleteVenueRoute } from './delete-venue/delete-venue.route.ts'
import type { Deps } from './dependencies.ts'
import { errors } from './errors.ts'
import { listEventsRoute } from './list-events/list-events.route.ts'
import { listSchedulesRoute } from './list-schedules/list-schedules.route.ts'
import { listVenuesRoute } from './list-venues/list-venues.route.ts'
import { previewHallRoute } from './preview-hall/preview-hall.route.ts'
import { publishEventRoute } from './publish-event/publish-event.route.ts'
import { readEventRoute } from './read-event/read-event.route.ts'
import { readInternalScheduleRoute } from './read-internal-schedule/read-internal-schedule.route.ts'
import { readInternalSeatsRoute } from './read-internal-seats/read-internal-seats.route.ts'
import { readScheduleRoute } from './read-schedule/read-schedule.route.ts'
import { readSeatStatusRoute } from './read-seat-status/read-seat-status.route.ts'
import { readSeatsRoute } from './read-seats/read-seats.route.ts'
import { createSeatMaps } from './read-seats/read-seats.ts'
import { readVenueRoute } from './read-venue/read-venue.route.ts'
import { repairConsistencyRoute } from './repair-consistency/repair-consistency.route.ts'

type HttpDeps = Deps & { reservations: ReservationBooks; log: Log; metrics: Metrics; keys: ServiceKeys }

/** The public API of this service, as the gateway calls it. */
export function buildApp(deps: HttpDeps): App {
  const app = buildHttp({ service: 'event', log: deps.log, metrics: deps.metrics, errors })
  requireGateway(app, deps.keys)
  createVenueRoute(app, deps)
  listVenuesRoute(app, deps)
  readVenueRoute(app, deps)
  changeVenueRoute(app, deps)
  deleteVenueRoute(app, deps)
  createHallRoute(app, deps)
  previewHallRoute(app, deps)
  changeHallRoute(app, deps)
  deleteHallRoute(app, deps)
  createEventRoute(app, deps)
  addScheduleRoute(app, deps)
  changeEventRoute(app, deps)
  changeScheduleRoute(app, deps)
  deleteEventRoute(app, deps)
  publishEventRoute(app, deps)
  cancelEventRoute(app, deps)
  listEventsRoute(app, deps)
  readEventRoute(app, deps)
  listSchedulesRoute(app, deps)
  readScheduleRoute(app, deps)
  readSeatsRoute(app, createSeatMaps(deps))
  checkConsistencyRoute(app, deps)
  repairConsistencyRoute(app, deps)
  return app
}

/** The API for other services, on a port of its own. */
export function buildInternalApp(deps: HttpDeps): App {
  const app = buildHttp({ service: 'event', log: deps.log, metrics: deps.metrics, errors })
  requireServiceKey(app, deps.keys)
  readInternalScheduleRoute(app, deps)
  readInternalSeatsRoute(app, deps)
  readSeatStatusRoute(app, deps)
  return app
}
