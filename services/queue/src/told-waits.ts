import type { AdmittedBatch, QueueConfig } from '@ticket-queue/lua/queue'
import type { WaitEstimate } from './domain/estimate-wait.ts'
import { type Horizon, horizonOf, horizons, judgeWait, longestMs } from './domain/judge-wait.ts'
import type { WaitFigures } from './wait-figures.ts'

type SeenByTick = Pick<AdmittedBatch, 'config' | 'epochUs' | 'frontUs' | 'firstUs' | 'heldMs' | 'closed'>

/**
 * Some of the waits that this process has told, followed until admission comes to the place: how true they were. It costs
 * Redis nothing: a tick shows how far admission has come, whoever of the replicas admits.
 */
export interface ToldWaits {
  /** Takes note that somebody with this place was told p50 and p90 in seconds; most are not followed, so that there are never many. */
  note(scheduleId: string, place: { epochUs: number; scoreUs: number }, told: readonly [number, number] | null): void
  /** Takes in what a tick has seen. */
  observe(scheduleId: string, seen: SeenByTick): void
}

type Reason = 'paused' | 'reconfigured' | 'closed' | 'lost' | 'left' | 'forgotten'

interface ToldWait extends WaitEstimate {
  readonly scoreUs: number
  readonly atMs: number
  readonly horizon: Horizon
}

interface Followed {
  readonly seen: SeenByTick
  readonly open: ToldWait[]
  /** When the next wait of a horizon is followed. */
  readonly nextMs: Record<Horizon, number>
}

const schedulesMax = 100
const openMaxPerHorizon = 100

/** Gives an empty memory; `nowMs` never goes back. */
export function createToldWaits(figures: WaitFigures, nowMs: () => number = () => performance.now()): ToldWaits {
  const followed = new Map<string, Followed>()
  const giveUp = (waits: readonly ToldWait[], reason: Reason) => {
    if (waits.length > 0) figures.givenUp.inc({ reason }, waits.length)
  }

  return {
    note: (scheduleId, place, told) => {
      const queue = followed.get(scheduleId)
      if (told === null || queue === undefined) return
      const [[p50, p90], atMs, horizon] = [told, nowMs(), horizonOf(told[0])]
      if (atMs < queue.nextMs[horizon] || !canBeFollowed(place, queue.seen)) return
      if (queue.open.filter((wait) => wait.horizon === horizon).length >= openMaxPerHorizon) return
      queue.nextMs[horizon] = atMs + longestMs(horizon) / openMaxPerHorizon
      queue.open.push({ scoreUs: place.scoreUs, atMs, horizon, p50, p90 })
    },
    observe: (scheduleId, seen) => {
      const { seen: before, open, nextMs } = followed.get(scheduleId) ?? newQueue(seen)
      const reason = interruptionOf(before, seen)
      const left = reason === 'lost' ? open : settle(figures, open, seen, nowMs())
      if (reason !== null) giveUp(left, reason)
      followed.delete(scheduleId)
      followed.set(scheduleId, { seen: kept(seen), open: reason === null ? left : [], nextMs })
      const [oldest] = followed
      if (followed.size <= schedulesMax || oldest === undefined) return
      giveUp(oldest[1].open, 'forgotten')
      followed.delete(oldest[0])
    },
  }
}

const newQueue = (seen: SeenByTick): Followed => {
  const nextMs = Object.fromEntries(horizons.map((horizon) => [horizon, Number.NEGATIVE_INFINITY]))
  return { seen, open: [], nextMs: nextMs as Record<Horizon, number> }
}

/** A batch has people's tokens too, which are not to be kept. */
const kept = ({ config, epochUs, frontUs, firstUs, heldMs, closed }: SeenByTick): SeenByTick => ({
  config,
  epochUs,
  frontUs,
  firstUs,
  heldMs,
  closed,
})

const canBeFollowed = (place: { epochUs: number; scoreUs: number }, seen: SeenByTick): boolean =>
  place.epochUs === seen.epochUs && place.scoreUs > seen.frontUs && interruptionOf(seen, seen) === null

/** What has come between that no estimate can foresee. */
function interruptionOf(before: SeenByTick, { config, epochUs, heldMs, closed }: SeenByTick): Reason | null {
  if (epochUs !== before.epochUs) return 'lost'
  if (closed !== null) return 'closed'
  if (config.paused || heldMs > 0) return 'paused'
  return settingOf(config) === settingOf(before.config) ? null : 'reconfigured'
}

/** What an operator has set of the rate. A rate that adapts is the service's own doing, for which it answers. */
function settingOf({ batchSize, intervalMs, maxInside, adaptive }: QueueConfig): string {
  return JSON.stringify([maxInside, adaptive ?? (batchSize * 1_000) / intervalMs])
}

/**
 * Judges the waits whose place admission has come to, whether its owner is still there or not, and gives those that go on.
 * Where the owner and everybody ahead have left, there is nothing to see.
 */
function settle(figures: WaitFigures, waits: readonly ToldWait[], seen: SeenByTick, nowMs: number): ToldWait[] {
  const goOn: ToldWait[] = []
  for (const wait of waits) {
    if (wait.scoreUs <= seen.frontUs) {
      const { horizon } = wait
      const seconds = (nowMs - wait.atMs) / 1_000
      figures.error.observe({ horizon }, seconds / wait.p50)
      figures.settled.inc({ horizon, verdict: judgeWait(wait, seconds) })
    } else if (seen.firstUs === 0 || seen.firstUs > wait.scoreUs) figures.givenUp.inc({ reason: 'left' })
    else goOn.push(wait)
  }
  return goOn
}
