import { type AdmittedBatch, type QueueConfig, readQueueConfig } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { expectOutflow, noOutflow, type Outflow } from './domain/expect-outflow.ts'
import { type Look, type Measurement, takeLook } from './domain/measure-outflow.ts'
import { addSample, measuredRate, type Sample } from './domain/measure-rate.ts'

type SeenByTick = Pick<
  AdmittedBatch,
  'config' | 'epochUs' | 'admittedTotal' | 'droppedTotal' | 'leftTotal' | 'waiting' | 'heldMs' | 'closed'
>

/**
 * How fast each schedule's queue moves, as this process knows it from its own ticks. They read counters that all replicas
 * share, so every replica measures the same.
 */
export interface Pace {
  /** Takes in what a tick has seen. */
  observe(scheduleId: string, seen: SeenByTick): void
  /** What those who wait can expect; nothing while paused. */
  expected(scheduleId: string): Promise<Outflow>
  /** How many can be due at one moment at most: a batch; 0 while paused or where nobody has asked what can be expected. */
  dueMax(scheduleId: string): number
  /** People admitted per second lately. */
  measured(scheduleId: string): number
  /** To be called after a change of the configuration by this process, so that its answers follow at once. */
  forget(scheduleId: string): void
}

interface Known {
  readonly config: QueueConfig
  readonly configUntilMs: number
  readonly samples: readonly Sample[]
  readonly measurement: Measurement | undefined
  /** What follows from it, once somebody has asked: thousands ask between two ticks. */
  outflow?: Outflow
}

const configMs = 1_000
const knownMax = 1_000

/** Gives the pace of every schedule this process hears of; those heard of longest ago are forgotten first. `nowMs` never goes back. */
export function createPace(redis: RedisClient, nowMs: () => number = () => performance.now()): Pace {
  const known = new Map<string, Known>()
  const remember = (scheduleId: string, what: Omit<Known, 'configUntilMs' | 'outflow'>) => {
    known.delete(scheduleId)
    known.set(scheduleId, { ...what, configUntilMs: nowMs() + configMs })
    const [oldest] = known.keys()
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest)
  }
  return {
    observe: (scheduleId, seen) => {
      const { samples = [], measurement } = known.get(scheduleId) ?? {}
      const look = lookOf(seen, nowMs())
      remember(scheduleId, {
        config: seen.config,
        samples: addSample(samples, look),
        measurement: takeLook(measurement, look),
      })
    },
    expected: async (scheduleId) => {
      let found = known.get(scheduleId)
      if (found === undefined || found.configUntilMs < nowMs()) {
        const config = await readQueueConfig(redis, scheduleId)
        const { samples = [], measurement } = known.get(scheduleId) ?? {}
        remember(scheduleId, { config, samples, measurement })
        found = known.get(scheduleId)
      }
      if (found === undefined || found.config.paused) return noOutflow
      found.outflow ??= expectOutflow(found.measurement, perSecond(found.config), nowMs())
      return found.outflow
    },
    dueMax: (scheduleId) => {
      const config = known.get(scheduleId)?.config
      return config === undefined || config.paused ? 0 : config.batchSize
    },
    measured: (scheduleId) => measuredRate(known.get(scheduleId)?.samples ?? [], nowMs()),
    forget: (scheduleId) => {
      const found = known.get(scheduleId)
      if (found !== undefined) known.set(scheduleId, { ...found, configUntilMs: 0 })
    },
  }
}

function lookOf({ config, heldMs, closed, ...seen }: SeenByTick, atMs: number): Look {
  const { epochUs, admittedTotal, droppedTotal, leftTotal, waiting } = seen
  const isOpen = !config.paused && heldMs === 0 && closed === null
  const counts = { epochUs, admittedTotal, droppedTotal, leftTotal, waiting }
  return { atMs, ...counts, isOpen, configured: perSecond(config), maxInside: config.maxInside }
}

const perSecond = ({ batchSize, intervalMs }: QueueConfig): number => (batchSize * 1_000) / intervalMs
