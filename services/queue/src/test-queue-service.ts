import { createDatabase, type Database } from '@ticket-queue/database'
import { defaultRecovery, gatherEntries, gatherPolls } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { type App, callService, createLog, createMetrics, type Metrics } from '@ticket-queue/service-kit'
import { type AdmitWaitingDeps, createAdmissionCounters } from './admit-waiting/admit-waiting.ts'
import { buildApp, buildInternalApp } from './app.ts'
import type { ConductDrawsDeps } from './conduct-draws/conduct-draws.ts'
import { createDrawFigures } from './conduct-draws/draw-figures.ts'
import { createDrawnRosters } from './drawn-rosters.ts'
import { createEnterFigures } from './enter-queue/enter-figures.ts'
import type { EnterQueueDeps } from './enter-queue/enter-queue.ts'
import { createEntryProofs } from './entry-proof.ts'
import { createHeardEpochs } from './heard-epochs.ts'
import type { KnowSeatsDeps } from './know-seats/look-at-seats.ts'
import { testSeats } from './know-seats/test-seats.ts'
import { createKnownDraws } from './known-draws.ts'
import { createKnownMoments } from './known-moments.ts'
import { createKnownSettings, type KnownSettings } from './known-settings.ts'
import { createNetworkNames, type NameNetwork } from './network-name.ts'
import { createOutages } from './outages.ts'
import { createPace } from './pace.ts'
import { createPlaceTickets, type PlaceTickets } from './place-ticket.ts'
import { createRecoveries } from './recoveries.ts'
import { askEventService, createScheduleReader } from './schedules.ts'
import { createSeatsLeft } from './seats-left.ts'
import type { Database as Tables } from './store/database.ts'
import { readRecentDraws, readRoster } from './store/draws.ts'
import type { StreamPositionsDeps } from './stream-positions/stream-positions.ts'
import { gatewayKey, startTestEventService, type TestEventService } from './test-event-service.ts'
import { createToldWaits } from './told-waits.ts'
import { createWaitFigures } from './wait-figures.ts'

const reservationKey = '9c858901-8a57-4791-81fe-4c455b099bc9'

/** What a test service signs with. */
export const testKeys = [{ id: 'test', secret: Buffer.alloc(32, 7) }]

type Answer = Awaited<ReturnType<App['inject']>>

/** For tests: both servers of this service, and its admission job, which only runs when a test runs it. */
export interface TestService {
  readonly app: App
  readonly internalApp: App
  readonly metrics: Metrics
  readonly admission: AdmitWaitingDeps
  readonly tickets: PlaceTickets
  /** Its conductor of draws, which only goes on when a test has it, and hears the event service's word at once. */
  readonly conducting: ConductDrawsDeps
  /** Its follower of the seats, which only looks when a test has it look. */
  readonly seats: KnowSeatsDeps
  readonly openSchedule: TestEventService['openSchedule']
  /** Changes what the event service says; what it has said is remembered for two seconds. */
  readonly changeSchedule: TestEventService['changeSchedule']
  readonly lookups: TestEventService['lookups']
  readonly nameNetwork: NameNetwork
  /** Calls as a logged-in user, through the gateway's key. */
  as(
    userId: string,
    role?: 'USER' | 'ADMIN',
  ): (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  /** Calls as the reservation service. */
  internally(method: 'POST' | 'DELETE', url: string, body: object): Promise<Answer>
  stopEventService(): Promise<void>
  close(): Promise<void>
}

const noDraws = { draws: [], releasedIds: [], nowMs: 0 }
/** It is never asked: without draws nothing needs it. */
const noDatabase = () => createDatabase<Tables>({ url: 'postgres://127.0.0.1:1/none' })

/** As if PostgreSQL had told all it keeps. */
function heardSettings(redis: RedisClient): KnownSettings {
  const settings = createKnownSettings(redis)
  settings.hear()
  return settings
}

export async function startTestService(
  redis: RedisClient,
  changes: Partial<StreamPositionsDeps & EnterQueueDeps> & { readonly database?: Database<Tables> } = {},
): Promise<TestService> {
  const log = createLog('queue-test', 'silent')
  const metrics = createMetrics('queue-test')
  const eventService = await startTestEventService()
  const { address: baseUrl, queueKey: apiKey, openSchedule, changeSchedule, lookups } = eventService
  const { db, close: closeDatabase } = changes.database ?? noDatabase()
  const draws = createKnownDraws(changes.database ? () => readRecentDraws(db) : async () => noDraws)
  await draws.refresh()
  const event = callService({ baseUrl, apiKey, caller: 'queue', timeoutMs: 2_000 })
  const queues = {
    redis,
    recoveries: changes.recoveries ?? createRecoveries(defaultRecovery),
    pace: changes.pace ?? createPace(redis),
    toldWaits: createToldWaits(createWaitFigures(metrics)),
    known: createKnownMoments(),
    seats: createSeatsLeft(redis),
    settings: changes.settings ?? heardSettings(redis),
    draws,
    rosters: createDrawnRosters((drawId) => readRoster(db, drawId)),
  }
  const entering = {
    tickets: createPlaceTickets(testKeys),
    proofs: createEntryProofs(testKeys),
    nameNetwork: createNetworkNames(testKeys),
    entersPerMinute: 10_000,
    enterFigures: createEnterFigures(metrics),
    takePlace: gatherEntries(redis),
    // Admission only goes on when a test has it.
    letIn: async () => false,
  }
  const http = { log, metrics, serviceKeys: { gateway: [gatewayKey], reservation: [reservationKey] } }
  const asking = { answerPoll: gatherPolls(redis), pollsPerMinute: 15 }
  const deps = { ...http, ...queues, ...entering, ...asking, db, readSchedule: createScheduleReader(event) }
  const app = buildApp({ ...deps, ...changes })
  const internalApp = buildInternalApp(deps, app)
  return {
    app,
    internalApp,
    metrics,
    admission: {
      ...queues,
      // As if the draws were asked for before each tick.
      heard: createHeardEpochs(() => Number.POSITIVE_INFINITY),
      log,
      counters: createAdmissionCounters(metrics),
    },
    tickets: entering.tickets,
    conducting: {
      ...deps,
      readSchedule: (scheduleId) => askEventService(event, scheduleId),
      settleMs: 0,
      drawFigures: createDrawFigures(metrics, queues),
      outages: createOutages(log),
    },
    seats: testSeats({ ...queues, log, metrics, event }),
    openSchedule,
    changeSchedule,
    lookups,
    nameNetwork: entering.nameNetwork,
    as: (userId, role = 'USER') => {
      const identity = { 'x-service-api-key': gatewayKey, 'x-user-id': userId, 'x-user-role': role }
      return async (method, url, body, more = {}) => {
        const headers = { ...identity, ...more }
        return app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
      }
    },
    internally: async (method, url, body) =>
      internalApp.inject({ method, url, headers: { 'x-service-api-key': reservationKey }, payload: body }),
    stopEventService: eventService.close,
    close: async () => {
      await Promise.all([app.close(), internalApp.close(), event.close()])
      await eventService.close()
      if (changes.database === undefined) await closeDatabase()
    },
  }
}
