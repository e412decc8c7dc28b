import type { RedisClient } from '@ticket-queue/redis'
import type { CallService, Log, Metrics } from '@ticket-queue/service-kit'
import { closeSchedule, openSchedule } from '../close-schedule/close-schedule.ts'
import type { Pace } from '../pace.ts'
import { askEventService } from '../schedules.ts'
import type { KnowSeatsDeps } from './look-at-seats.ts'
import { createSeatFigures } from './seat-figures.ts'

/** For tests: what it takes to look at seats, at any time. */
export function testSeats(deps: {
  redis: RedisClient
  pace: Pace
  log: Log
  metrics: Metrics
  event: CallService
}): KnowSeatsDeps {
  return {
    redis: deps.redis,
    log: deps.log,
    figures: createSeatFigures(deps.metrics),
    everyMs: 1,
    readScheduleNow: (scheduleId) => askEventService(deps.event, scheduleId),
    closeSchedule: (scheduleId, reason) => closeSchedule(deps, { scheduleId, reason, changedBy: 'know-seats' }),
    openSchedule: (scheduleId) => openSchedule(deps, { scheduleId, changedBy: 'know-seats' }),
  }
}
