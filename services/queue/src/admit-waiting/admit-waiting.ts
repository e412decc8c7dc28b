import { type AdmittedBatch, admitBatch, endStays, readSchedules, releaseDraw } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log, Metrics } from '@ticket-queue/service-kit'
import { Counter } from 'prom-client'
import type { HeardEpochs } from '../heard-epochs.ts'
import type { KnownMoments } from '../known-moments.ts'
import type { KnownSettings } from '../known-settings.ts'
import type { Pace } from '../pace.ts'
import { type DrawDeps, latestMomentUs, toldDraw } from '../place-in-draw.ts'
import type { Recoveries } from '../recoveries.ts'
import type { ToldWaits } from '../told-waits.ts'

export interface AdmitWaitingDeps extends DrawDeps {
  readonly redis: RedisClient
  readonly pace: Pace
  readonly toldWaits: ToldWaits
  readonly known: KnownMoments
  readonly heard: HeardEpochs
  readonly settings: KnownSettings
  readonly recoveries: Recoveries
  readonly log: Log
  readonly counters: AdmissionCounters
}

export interface AdmissionCounters {
  readonly admitted: Counter
  readonly dropped: Counter
}

const callsPerTickMax = 20
/** Mostly nobody or a few are due: tokens for a whole batch, of a thousand it may be, are only made when these were not enough. */
const firstCallPeopleMax = 50

/** The figures of admission. */
export const createAdmissionCounters = (metrics: Metrics): AdmissionCounters => ({
  admitted: new Counter({
    name: 'queue_admitted_total',
    help: 'People let in by this process.',
    registers: [metrics],
  }),
  dropped: new Counter({
    name: 'queue_dropped_total',
    help: 'Places of people who had left, removed by this process.',
    registers: [metrics],
  }),
})

/**
 * Lets in whoever is due in every schedule with a queue (QUEUE-005). Each replica calls this several times per interval: the rate
 * is kept by Redis, so that calls more often, at once, or none for a while change nothing but the moment. A schedule that fails
 * is logged and does not stop the others. Gives the shortest interval of all of them in ms, Infinity for none.
 */
export async function admitWaiting(deps: AdmitWaitingDeps): Promise<number> {
  let shortestMs = Number.POSITIVE_INFINITY
  if (!knowsQueues(deps)) return shortestMs
  for (const scheduleId of await readSchedules(deps.redis)) {
    try {
      shortestMs = Math.min(shortestMs, (await admitSchedule(deps, scheduleId)).intervalMs)
    } catch (err) {
      deps.log.error({ err, scheduleId }, 'admission failed')
    }
  }
  return shortestMs
}

/** Lets in whoever is due in one schedule at this moment, and gives them. */
export async function admitNow(deps: AdmitWaitingDeps, scheduleId: string): Promise<ReadonlySet<string>> {
  return knowsQueues(deps) ? (await admitSchedule(deps, scheduleId)).userIds : new Set()
}

/** Before, nobody could tell whether a queue has a draw, or is paused. */
const knowsQueues = ({ draws, settings }: AdmitWaitingDeps): boolean => draws.hasHeard() && settings.hasHeard()

/** Gives the schedule's interval in ms and who was let in. */
async function admitSchedule(deps: AdmitWaitingDeps, scheduleId: string) {
  let intervalMs = Number.POSITIVE_INFINITY
  let peopleMax = firstCallPeopleMax
  const userIds = new Set<string>()
  const { redis, pace, toldWaits, known, heard, settings, recoveries, log, counters } = deps
  for (let call = 1; call <= callsPerTickMax; call += 1) {
    const draw = toldDraw(deps, scheduleId)
    const recovery = recoveries.of(scheduleId)
    const knownUs = latestMomentUs(deps, scheduleId)
    const heardUs = heard.of(scheduleId)
    const batch = await admitBatch(redis, scheduleId, { knownUs, recovery, draw, heardUs, peopleMax })
    for (const { userId } of batch.admitted) userIds.add(userId)
    if (batch.undrawn !== null && deps.draws.isReleased(batch.undrawn))
      await releaseDraw(redis, scheduleId, batch.undrawn)
    intervalMs = batch.config.intervalMs
    known.see(scheduleId, batch.lastUs)
    heard.see(scheduleId, batch.epochUs)
    const isSetAgain = await settings.observe(scheduleId, batch, recoveries.lateMs(scheduleId))
    if (isSetAgain) log.warn({ scheduleId }, 'Redis has lost this queue: set again')
    pace.observe(scheduleId, batch)
    recoveries.observe(scheduleId, await ratesOf(deps, scheduleId, batch))
    toldWaits.observe(scheduleId, batch)
    counters.admitted.inc(batch.admitted.length)
    counters.dropped.inc(batch.dropped)
    if (batch.admitted.length > 0) {
      const { waiting, inside, dropped } = batch
      log.debug({ scheduleId, admitted: batch.admitted.length, waiting, inside, dropped }, 'people admitted')
    }
    if (batch.ended > 0) await endStays(redis, scheduleId)
    // Only places of people who had left, or too few tokens, can have kept somebody out who is due.
    if (batch.dropped === 0 && batch.admitted.length < peopleMax) break
    peopleMax = Math.max(firstCallPeopleMax, batch.waiting)
  }
  return { intervalMs, userIds }
}

async function ratesOf({ pace }: AdmitWaitingDeps, scheduleId: string, { config, closed, undrawn }: AdmittedBatch) {
  const { perSecond } = await pace.expected(scheduleId)
  const told = closed === null && undrawn === null ? perSecond : 0
  return { told, configured: (config.batchSize * 1_000) / config.intervalMs }
}
