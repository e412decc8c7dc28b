import { type AdmittedBatch, bringBackSettings, type QueueSettings } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'

type Seen = Pick<AdmittedBatch, 'epochUs' | 'config' | 'setUs' | 'closed'>

/** How each schedule's queue was run when this process heard of it last, so that a paused queue stays paused when Redis has lost that. */
export interface KnownSettings {
  /**
   * Takes in what a tick has seen. If a new epoch has begun since, sets again what was lost and holds admission for `lateMs` more,
   * whoever began it; if only the settings are older than known ones, sets those again. Tells whether anything was set again.
   */
  observe(scheduleId: string, seen: Seen, lateMs: number): Promise<boolean>
  /** Takes in settings of which this process has heard in another way; older ones than those known change nothing. */
  learn(scheduleId: string, settings: QueueSettings): void
  /** Whether Redis and PostgreSQL have agreed on settings since this process began: before, Redis may have lost any of them. */
  hasHeard(): boolean
  /** Takes in that they have. */
  hear(): void
  /** The latest known settings of a schedule; null where, as far as it is known, nobody has set anything. */
  of(scheduleId: string): QueueSettings | null
  /** All that somebody has set, as far as it is known. */
  all(): (QueueSettings & { readonly scheduleId: string })[]
}

/** `epochUs` is null of a queue that no tick has seen. */
type Known = Omit<Seen, 'epochUs'> & { readonly epochUs: number | null }

const knownMax = 10_000

/** Of equal ones `other`: a rate that adapts has no moment of its own. */
const laterOf = (one: QueueSettings, other: QueueSettings): QueueSettings => (one.setUs > other.setUs ? one : other)

/** Gives an empty memory; queues seen longest ago are forgotten first. */
export function createKnownSettings(redis: RedisClient): KnownSettings {
  const known = new Map<string, Known>()
  let heard = false
  const remember = (scheduleId: string, { epochUs, config, setUs, closed }: Known) => {
    known.delete(scheduleId)
    known.set(scheduleId, { epochUs, config, setUs, closed })
    const [oldest] = known.keys()
    if (known.size > knownMax && oldest !== undefined) known.delete(oldest)
  }
  return {
    observe: async (scheduleId, seen, lateMs) => {
      const before = known.get(scheduleId)
      const isAnotherEpoch = typeof before?.epochUs === 'number' && before.epochUs !== seen.epochUs
      if (before === undefined || (!isAnotherEpoch && seen.setUs >= before.setUs)) {
        remember(scheduleId, seen)
        return false
      }
      // In the same epoch Redis still knows why the queue is closed, or that it is open again.
      const lost = isAnotherEpoch ? { closed: before.closed, lateMs } : { closed: null, lateMs: 0 }
      const brought = await bringBackSettings(redis, scheduleId, {
        config: before.config,
        setUs: before.setUs,
        ...lost,
      })
      // Meanwhile this process may have set or heard of later ones.
      const { config, setUs } = laterOf(known.get(scheduleId) ?? before, brought.config ? before : seen)
      const closed = brought.closed ? before.closed : seen.closed
      remember(scheduleId, { epochUs: seen.epochUs, config, setUs, closed })
      return brought.config || brought.closed
    },
    learn: (scheduleId, { config, setUs }) => {
      const { epochUs, closed, setUs: beforeUs } = known.get(scheduleId) ?? { epochUs: null, closed: null, setUs: 0 }
      if (setUs > beforeUs) remember(scheduleId, { epochUs, config, setUs, closed })
    },
    hasHeard: () => heard,
    hear: () => {
      heard = true
    },
    of: (scheduleId) => {
      const one = known.get(scheduleId)
      return one !== undefined && one.setUs > 0 ? one : null
    },
    all: () =>
      [...known].flatMap(([scheduleId, { config, setUs }]) => (setUs > 0 ? [{ scheduleId, config, setUs }] : [])),
  }
}
