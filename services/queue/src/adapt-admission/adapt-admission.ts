import {
  applyRate,
  beginControl,
  countPeople,
  type RateControl,
  readClosed,
  readControl,
  readQueueConfig,
  readSchedules,
} from '@ticket-queue/lua/queue'
import { heldSeatsKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { adaptRate, batchOf, type LoadSignals } from '../domain/adapt-rate.ts'
import { addStays, noShowShare } from '../domain/no-show-share.ts'
import type { RateFigures } from './rate-figures.ts'

export interface AdaptAdmissionDeps {
  readonly redis: RedisClient
  /** How payments go at this moment; asked once a round, and only if some schedule adapts. Never rejects. */
  readonly readPaymentLoad: () => Promise<LoadSignals['payment']>
  /** Between two rounds of decisions, of all replicas together. */
  readonly everyMs: number
  readonly log: Log
  readonly figures: RateFigures
}

/**
 * Decides the admission rate of every schedule whose rate adapts, unless a round has just been made. Rounds are numbered, and a decision of an earlier round than the
 * last is refused by Redis, so that a replica that was held up cannot undo what another one has decided. A schedule that fails is
 * logged and stops no other. Ends early when `signal` aborts.
 */
export async function adaptAdmission(deps: AdaptAdmissionDeps, signal: AbortSignal): Promise<void> {
  const fence = await beginControl(deps.redis, deps.everyMs)
  if (fence === null) return
  let payment: Promise<LoadSignals['payment']> | null = null
  for (const scheduleId of await readSchedules(deps.redis)) {
    if (signal.aborted) return
    try {
      const control = await readControl(deps.redis, scheduleId)
      if (control === null) continue
      payment ??= deps.readPaymentLoad()
      await adaptSchedule(deps, scheduleId, control, { fence, payment: await payment })
    } catch (err) {
      deps.log.error({ err, scheduleId }, 'the rate of a schedule could not be adapted')
    }
  }
}

async function adaptSchedule(
  { redis, log, figures }: AdaptAdmissionDeps,
  scheduleId: string,
  control: RateControl,
  { fence, payment }: { fence: number; payment: LoadSignals['payment'] },
): Promise<void> {
  const [config, closed, { inside, waiting }, heldSeats] = await Promise.all([
    readQueueConfig(redis, scheduleId),
    readClosed(redis, scheduleId),
    countPeople(redis, scheduleId),
    redis.client.scard(heldSeatsKey(scheduleId)),
  ])
  // While nobody is let in, the load tells nothing about the rate.
  if (config.paused || closed !== null || waiting === 0) return
  const { limits, limitsText, state } = control
  const counts = { admitted: control.admittedTotal, noShows: control.noShowsTotal, inside }
  const recent = addStays(state ?? { recentStays: 0, recentNoShows: 0 }, state ?? counts, counts)
  const before = state?.perSecond ?? (config.batchSize * 1_000) / config.intervalMs
  const signals = { inside, heldSeats, noShowShare: noShowShare(recent), payment }
  const { perSecond, cause } = adaptRate(limits, before, signals)
  const batch = batchOf(perSecond, limits)
  const next = { ...recent, ...counts, perSecond }
  const { outcome } = await applyRate(redis, scheduleId, { fence, limitsText, state: next, ...batch, cause })
  figures.decisions.inc({ cause, outcome })
  if (outcome === 'applied') log.info({ scheduleId, ...signals, before, perSecond, cause }, 'admission rate adapted')
}
