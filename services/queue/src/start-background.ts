import { createMessaging } from '@ticket-queue/messaging'
import { type CallService, callService, type Metrics } from '@ticket-queue/service-kit'
import { adaptAdmissionJob } from './adapt-admission/adapt-admission.job.ts'
import { createRateFigures } from './adapt-admission/rate-figures.ts'
import { createPaymentLoadReader } from './adapt-admission/read-payment-load.ts'
import { closeSchedule, openSchedule } from './close-schedule/close-schedule.ts'
import { conductDrawsJob } from './conduct-draws/conduct-draws.job.ts'
import type { ConductDrawsDeps } from './conduct-draws/conduct-draws.ts'
import type { Config } from './config.ts'
import { keepSettingsJob } from './keep-settings/keep-settings.job.ts'
import { knowDrawsJob } from './know-draws/know-draws.job.ts'
import { buyersGroup, eventGroup } from './know-seats/know-seats.consumer.ts'
import { knowSeatsJob } from './know-seats/know-seats.job.ts'
import { createSeatFigures } from './know-seats/seat-figures.ts'
import type { KnownSettings } from './known-settings.ts'
import type { Pace } from './pace.ts'
import { publishQueueEventsJob } from './publish-queue-events/publish-queue-events.job.ts'
import { createPublishingFigures } from './publish-queue-events/publishing-figures.ts'
import { askEventService } from './schedules.ts'

export interface BackgroundDeps extends ConductDrawsDeps {
  readonly pace: Pace
  readonly settings: KnownSettings
  readonly event: CallService
  readonly metrics: Metrics
}

/**
 * Starts what goes on beside answering people and admitting them: following the seats, adapting rates and publishing what has
 * happened. Nobody waits for any of it, and the queue goes on without Kafka and without the event and payment services.
 */
export async function startBackground(deps: BackgroundDeps, config: Config): Promise<{ close(): Promise<void> }> {
  const { redis, event, log, metrics } = deps
  const { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix } = config
  const messaging = createMessaging({ brokers, clientId: 'queue', topicPrefix, log, metrics })
  await messaging.consumeRepeatably(eventGroup(deps))
  await messaging.consumeRepeatably(buyersGroup(deps))
  const { PAYMENT_INTERNAL_URL: baseUrl, SERVICE_API_KEY: apiKey } = config
  const payment = baseUrl === undefined ? null : callService({ baseUrl, apiKey, caller: 'queue', timeoutMs: 2_000 })
  const jobs = [
    knowDrawsJob(deps),
    conductDrawsJob(deps),
    keepSettingsJob(deps),
    adaptAdmissionJob({
      redis,
      log,
      figures: createRateFigures(metrics),
      everyMs: config.ADAPT_EVERY_MS,
      readPaymentLoad: createPaymentLoadReader(payment, log),
    }),
    knowSeatsJob({
      redis,
      log,
      figures: createSeatFigures(metrics),
      everyMs: config.SEATS_EVERY_MS,
      readScheduleNow: (scheduleId) => askEventService(event, scheduleId),
      closeSchedule: (scheduleId, reason) => closeSchedule(deps, { scheduleId, reason, changedBy: 'know-seats' }),
      openSchedule: (scheduleId) => openSchedule(deps, { scheduleId, changedBy: 'know-seats' }),
    }),
    publishQueueEventsJob({
      redis,
      log,
      figures: createPublishingFigures(metrics),
      publishBatch: messaging.publishBatch,
    }),
  ]
  return {
    close: async () => {
      await Promise.all(jobs.map((job) => job.close()))
      await payment?.close()
      await messaging.close()
    },
  }
}
