import { type AdmittedBatch, type QueueConfig, readQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { addSample, expectedRate, measuredRate, type Sample } from './domain/measure-rate.ts'

type SeenByTick = Pick<AdmittedBatch, 'config' | 'admittedTotal' | 'waiting' | 'heldMs' | 'closed'>

/** How fast each schedule's queue moves, as this process knows it from its own ticks; other replicas' admissions are in the counter. */
export interface Pace {
  /** Takes in what a tick has seen. */
  observe(scheduleId: string, seen: SeenByTick): void
  /** People per second that those who wait can expect; 0 while paused. */
  expected(scheduleId: string): Promise<number>
  /** People admitted per second lately. */
  measured(scheduleId: string): number
  /** To be called after a change of the configuration by this process, so that its answers follow at once. */
  forget(scheduleId: string): void
}

interface Known {
  readonly config: QueueConfig
  readonly configUntilMs: number
  readonly samples: readonly Sample[]
}

const configMs = 1_000
const knownMax = 1_000

/** Gives the pace of every schedule this process hears of; those heard of longest ago are forgotten first. */
export function createPace(redis: RedisClient): Pace {
  const known = new Map<string, Known>()
  const remember = (scheduleId: string, config: QueueConfig, samples: readonly Sample[]) => {
    known.delete(scheduleId)
    known.set(scheduleId, { config, configUntilMs: performance.now() + configMs, samples })
    const [oldest] = known.keys()
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest)
  }
  return {
    observe: (scheduleId, { config, admittedTotal, waiting, heldMs, closed }) => {
      const wanted = waiting > 0 && !config.paused && heldMs === 0 && closed === null
      const sample = { atMs: performance.now(), admittedTotal, wanted }
      remember(scheduleId, config, addSample(known.get(scheduleId)?.samples ?? [], sample))
    },
    expected: async (scheduleId) => {
      let found = known.get(scheduleId)
      if (found === undefined || found.configUntilMs < performance.now()) {
        const config = await readQueueConfig(redis, scheduleId)
        remember(scheduleId, config, found?.samples ?? [])
        found = known.get(scheduleId)
      }
      return found === undefined || found.config.paused ? 0 : expectedRate(found.samples, found.config)
    },
    measured: (scheduleId) => measuredRate(known.get(scheduleId)?.samples ?? [], performance.now()),
    forget: (scheduleId) => void known.delete(scheduleId),
  }
}
