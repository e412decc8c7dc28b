import { randomUUID } from 'node:crypto'
import { type InternalSchedule, internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import type { RedisClient } from '@ticket-queue/redis'
import {
  type App,
  buildHttp,
  callService,
  createLog,
  createMetrics,
  defineErrors,
  listen,
  problem,
  requireServiceKey,
} from '@ticket-queue/service-kit'
import { z } from 'zod'
import { type AdmitWaitingDeps, createAdmissionCounters } from './admit-waiting/admit-waiting.ts'
import { buildApp, buildInternalApp } from './app.ts'
import { createPace } from './pace.ts'
import { createScheduleReader } from './schedules.ts'

const gatewayKey = '7d444840-9dc0-41d1-b245-5ffdce74fad2'
const queueKey = '3f0c9f1e-64ad-4a43-8d3c-3a1a4e3c1d11'
const reservationKey = '9c858901-8a57-4791-81fe-4c455b099bc9'

type Answer = Awaited<ReturnType<App['inject']>>

/** For tests: this service on a real Redis, beside another process's place taken by an event service of the same contract. */
export interface TestService {
  readonly app: App
  readonly internalApp: App
  readonly admission: AdmitWaitingDeps
  /** What the event service knows; whatever is absent it answers with 404. */
  readonly schedules: Map<string, InternalSchedule>
  /** A schedule on sale. */
  openSchedule(changes?: Partial<InternalSchedule>): string
  /** How many look-ups have reached the event service. */
  lookups(): number
  /** Calls as a logged-in user, through the gateway's key. */
  as(
    userId: string,
    role?: 'USER' | 'ADMIN',
  ): (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: object) => Promise<Answer>
  internally(method: 'POST' | 'DELETE', url: string, body: object): Promise<Answer>
  stopEventService(): Promise<void>
  close(): Promise<void>
}

/** Gives both servers of this service and the dependencies of its admission job, which only runs when a test runs it. */
export async function startTestService(redis: RedisClient, { pollsPerMinute = 15 } = {}): Promise<TestService> {
  const log = createLog('queue-test', 'silent')
  const metrics = createMetrics('queue-test')
  const schedules = new Map<string, InternalSchedule>()
  const eventService = await startEventService(schedules)
  const event = callService({ baseUrl: eventService.address, apiKey: queueKey, caller: 'queue', timeoutMs: 2_000 })
  const pace = createPace(redis)
  const http = { log, metrics, serviceKeys: { gateway: [gatewayKey], reservation: [reservationKey] } }
  const deps = { ...http, redis, pace, pollsPerMinute, readSchedule: createScheduleReader(event) }
  const app = buildApp(deps)
  const internalApp = buildInternalApp(deps)
  return {
    app,
    internalApp,
    admission: { redis, pace, log, counters: createAdmissionCounters(metrics) },
    schedules,
    openSchedule: (changes) => {
      const schedule = { ...someSchedule(), ...changes }
      schedules.set(schedule.scheduleId, schedule)
      return schedule.scheduleId
    },
    lookups: eventService.lookups,
    as: (userId, role = 'USER') => {
      const headers = { 'x-service-api-key': gatewayKey, 'x-user-id': userId, 'x-user-role': role }
      return (method, url, body) =>
        app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
    },
    internally: (method, url, body) =>
      internalApp.inject({ method, url, headers: { 'x-service-api-key': reservationKey }, payload: body }),
    stopEventService: eventService.close,
    close: async () => {
      await Promise.all([app.close(), internalApp.close(), event.close()])
      await eventService.close()
    },
  }
}

const eventErrors = defineErrors({ SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' } })

async function startEventService(schedules: ReadonlyMap<string, InternalSchedule>) {
  let lookups = 0
  const app = buildHttp({
    service: 'event-test',
    log: createLog('event-test', 'silent'),
    metrics: createMetrics('event-test'),
  })
  requireServiceKey(app, { queue: [queueKey] })
  app.get(
    '/internal/schedules/:scheduleId',
    { schema: { params: z.object({ scheduleId: z.uuid() }), response: { 200: internalScheduleSchema } } },
    async (request) => {
      lookups += 1
      const schedule = schedules.get(request.params.scheduleId)
      if (schedule === undefined) throw problem(eventErrors, 'SCHEDULE_NOT_FOUND')
      return schedule
    },
  )
  const { address, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  return { address, close, lookups: () => lookups }
}

const someSchedule = (): InternalSchedule => ({
  scheduleId: randomUUID(),
  eventId: randomUUID(),
  eventTitle: 'First tour',
  artist: 'Somebody',
  venueName: 'Dome',
  hallName: 'Main hall',
  eventStartAt: '2030-05-01T18:00:00+09:00',
  eventEndAt: '2030-05-01T21:00:00+09:00',
  saleStartAt: '2030-01-01T20:00:00+09:00',
  saleEndAt: '2030-04-30T18:00:00+09:00',
  status: 'ONGOING',
  eventStatus: 'OPEN',
  seatsTotal: 1_000,
  seatsSold: 10,
  saleOpen: true,
})
