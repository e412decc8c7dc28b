import { createRedis } from '@ticket-queue/redis'
import { callService, listen, runService } from '@ticket-queue/service-kit'
import { admitWaitingJob } from './admit-waiting/admit-waiting.job.ts'
import { createAdmissionCounters } from './admit-waiting/admit-waiting.ts'
import { buildApp, buildInternalApp } from './app.ts'
import { readConfig } from './config.ts'
import { createKnownMoments } from './known-moments.ts'
import { createKnownSettings } from './known-settings.ts'
import { createPace } from './pace.ts'
import { createPlaceTickets } from './place-ticket.ts'
import { createScheduleReader } from './schedules.ts'
import { createSeatsLeft } from './seats-left.ts'
import { startBackground } from './start-background.ts'

const eventTimeoutMs = 2_000

await runService('queue', readConfig, async ({ config, log, own, ready, metrics }) => {
  const redis = own(
    createRedis({
      url: config.REDIS_URL,
      keyPrefix: config.REDIS_KEY_PREFIX,
      connectionName: 'queue',
      failFast: true,
      onError: (err) => log.warn({ err }, 'Redis is away'),
    }),
  )
  ready.add('redis', () => redis.check())
  const event = own(
    callService({
      baseUrl: config.EVENT_INTERNAL_URL,
      apiKey: config.SERVICE_API_KEY,
      caller: 'queue',
      timeoutMs: eventTimeoutMs,
    }),
  )
  const http = { log, metrics, serviceKeys: config.SERVICE_API_KEYS }
  const recovery = { restoreMs: config.TICKET_RESTORE_SECONDS * 1_000, graceMs: config.LOSS_GRACE_MS }
  const queues = {
    redis,
    recovery,
    pace: createPace(redis),
    known: createKnownMoments(),
    seats: createSeatsLeft(redis),
    settings: createKnownSettings(redis),
  }
  const tickets = createPlaceTickets(config.QUEUE_TICKET_KEYS)
  const deps = { ...http, ...queues, tickets, readSchedule: createScheduleReader(event) }
  own(admitWaitingJob({ ...queues, log, counters: createAdmissionCounters(metrics) }, config.ADMISSION_TICK_MS))
  own(await startBackground({ ...deps, event }, config))
  own(await listen(buildInternalApp(deps), { host: config.HOST, port: config.INTERNAL_PORT }))
  const app = buildApp({ ...deps, pollsPerMinute: config.STATUS_POLLS_PER_MINUTE })
  own(await listen(app, { host: config.HOST, port: config.PORT }))
})
