import { type AdmittedBatch, bringBackSettings } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

type Seen = Pick<AdmittedBatch, 'epochUs' | 'config' | 'closed'>

/** How each schedule's queue was run when this process saw it last, so that a paused queue stays paused when Redis has lost that. */
export interface KnownSettings {
  /**
   * Takes in what a tick has seen. If a new epoch has begun since, sets again what was lost and holds admission for `lateMs` more,
   * whoever began it. Tells whether anything was set again.
   */
  observe(scheduleId: string, seen: Seen, lateMs: number): Promise<boolean>
}

const knownMax = 10_000

/** Gives an empty memory; queues seen longest ago are forgotten first. */
export function createKnownSettings(redis: RedisClient): KnownSettings {
  const known = new Map<string, Seen>()
  const remember = (scheduleId: string, seen: Seen) => {
    known.delete(scheduleId)
    known.set(scheduleId, seen)
    const [oldest] = known.keys()
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest)
  }
  return {
    observe: async (scheduleId, { epochUs, config, closed }, lateMs) => {
      const before = known.get(scheduleId)
      if (before === undefined || before.epochUs === epochUs) {
        remember(scheduleId, { epochUs, config, closed })
        return false
      }
      const brought = await bringBackSettings(redis, scheduleId, { ...before, lateMs })
      remember(scheduleId, {
        epochUs,
        config: brought.config ? before.config : config,
        closed: brought.closed ? before.closed : closed,
      })
      return brought.config || brought.closed
    },
  }
}
