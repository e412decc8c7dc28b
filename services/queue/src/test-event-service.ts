import { randomUUID } from 'node:crypto'
import { type InternalSchedule, internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import {
  buildHttp,
  createLog,
  createMetrics,
  defineErrors,
  listen,
  problem,
  requireServiceKey,
} from '@ticket-queue/service-kit'
import { z } from 'zod'

export const gatewayKey = '7d444840-9dc0-41d1-b245-5ffdce74fad2'

/** For tests: another process's place taken by an event service that speaks the same contract. */
export interface TestEventService {
  readonly address: string
  /** The key it accepts. */
  readonly queueKey: string
  /** A schedule on sale, unless changed; every other one is answered with 404. */
  openSchedule(changes?: Partial<InternalSchedule>): string
  /** Another word on a schedule opened before. */
  changeSchedule(scheduleId: string, changes: Partial<InternalSchedule>): void
  /** How many look-ups have arrived. */
  lookups(): number
  close(): Promise<void>
}

const queueKey = '3f0c9f1e-64ad-4a43-8d3c-3a1a4e3c1d11'
const errors = defineErrors({ SCHEDULE_NOT_FOUND: { status: 404, title: 'There is no such schedule' } })

export async function startTestEventService(): Promise<TestEventService> {
  const schedules = new Map<string, InternalSchedule>()
  let lookups = 0
  const log = createLog('event-test', 'silent')
  const app = buildHttp({ service: 'event-test', log, metrics: createMetrics('event-test') })
  requireServiceKey(app, { queue: [queueKey] })
  app.get(
    '/internal/schedules/:scheduleId',
    { schema: { params: z.object({ scheduleId: z.uuid() }), response: { 200: internalScheduleSchema } } },
    async (request) => {
      lookups += 1
      const schedule = schedules.get(request.params.scheduleId)
      if (schedule === undefined) throw problem(errors, 'SCHEDULE_NOT_FOUND')
      return schedule
    },
  )
  const { address, close } = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    address,
    queueKey,
    openSchedule: (changes) => {
      const schedule = { ...someSchedule(), ...changes }
      schedules.set(schedule.scheduleId, schedule)
      return schedule.scheduleId
    },
    changeSchedule: (scheduleId, changes) => {
      const schedule = schedules.get(scheduleId)
      if (schedule === undefined) throw new Error('there is no such schedule')
      schedules.set(scheduleId, { ...schedule, ...changes })
    },
    lookups: () => lookups,
    close,
  }
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
  layoutVersion: 1,
  rules: { perPersonMax: null, avoidOrphans: false, release: { policy: 'AT_ONCE', at: null } },
})
