import type { Recovery } from '@ticket-queue/lua/queue'

/**
 * How each schedule's queue comes back after a loss. Where it moves as people were told, those in front ask again within moments.
 * Where it may move several times as fast (after a pause, a closing, a draw, a raised rate, or once a loss has emptied a full shop),
 * they may ask only after the longest advice there is, and admission must wait for them.
 */
export interface Recoveries {
  of(scheduleId: string): Recovery
  /** How long people may still ask later than their turn comes, ms; 0 where nobody does. */
  lateMs(scheduleId: string): number
  /** Takes in what a tick has seen. */
  observe(scheduleId: string, rates: Rates): void
}

interface Rates {
  /** The rate by which people are told when to ask again; 0 while nobody is admitted. */
  readonly told: number
  /** The rate at which people are admitted while there is room. */
  readonly configured: number
}

interface Told {
  readonly perSecond: number
  /** When people were last told by this rate or a lower one. */
  readonly atMs: number
}

interface Known extends Rates {
  /** From slow to fast, which is from old to new: who was told by a lower rate later asks later than all before. */
  readonly lately: readonly Told[]
}

/** The longest advice (`parts/advise-poll.lua`, `parts/place.lua`), and time for other replicas to learn of a change and for a poll. */
const lateMaxMs = 24_000 + 2_000
/** Advice is at most three tenths of the wait that people were told. */
const advisedShare = 0.3
const knownMax = 10_000

/** Gives an empty memory; queues seen longest ago are forgotten first. `usual` is for queues that move as told; `nowMs` never goes back. */
export function createRecoveries(usual: Recovery, nowMs: () => number = () => performance.now()): Recoveries {
  const queues = new Map<string, Known>()
  const lateMs = (scheduleId: string): number => {
    const known = queues.get(scheduleId)
    const slow = known?.lately.findLast(({ perSecond }) => perSecond < advisedShare * known.configured)
    return slow === undefined ? 0 : Math.max(0, Math.ceil(slow.atMs + lateMaxMs - nowMs()))
  }
  return {
    lateMs,
    of: (scheduleId) => ({ ...usual, graceMs: Math.max(usual.graceMs, lateMs(scheduleId)) }),
    observe: (scheduleId, rates) => {
      const atMs = nowMs()
      const { told, lately } = queues.get(scheduleId) ?? { told: rates.told, lately: [] }
      queues.delete(scheduleId)
      queues.set(scheduleId, { ...rates, lately: [told, rates.told].reduce(add(atMs), lately) })
      const [oldest] = queues.keys()
      if (queues.size > knownMax && oldest !== undefined) queues.delete(oldest)
    },
  }
}

const add =
  (atMs: number) =>
  (lately: readonly Told[], perSecond: number): readonly Told[] => {
    const slower = lately.filter((told) => told.perSecond < perSecond && atMs - told.atMs <= lateMaxMs)
    return [...slower, { perSecond, atMs }]
  }
