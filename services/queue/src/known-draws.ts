import { type KnownDraw, knownDraw } from './known-draw.ts'
import type { RecentDraws } from './store/draws.ts'

/** The draws of all schedules as PostgreSQL told this process last; asking costs nothing, and goes on while PostgreSQL is away. */
export interface KnownDraws {
  /** Whether PostgreSQL has ever told: before, no schedule is known to be without a draw. */
  hasHeard(): boolean
  /** The draw of a schedule; null for first come, first served. */
  of(scheduleId: string): KnownDraw | null
  all(): readonly KnownDraw[]
  /** Whether a draw was given up before its pre-queue opened. */
  isReleased(drawId: string): boolean
  /** The database's clock, unix ms, carried on from when it was read. */
  databaseNowMs(): number
  /** When it was asked what it has told last, by `performance.now()`; before it has told anything, -Infinity. */
  askedAtMs(): number
  /** Asks now; rejects, and keeps what was known, while PostgreSQL is away. */
  refresh(): Promise<void>
}

/** Gives a memory that has not heard of anything; `readDraws` asks PostgreSQL. */
export function createKnownDraws(readDraws: () => Promise<RecentDraws>): KnownDraws {
  let bySchedule = new Map<string, KnownDraw>()
  let released = new Set<string>()
  let clock: { nowMs: number; readAtMs: number } | null = null
  let [asked, taken] = [0, 0]
  let takenAskedAtMs = Number.NEGATIVE_INFINITY

  const take = ({ draws, releasedIds, nowMs }: RecentDraws) => {
    bySchedule = new Map(draws.map((draw) => [draw.terms.scheduleId, knownDraw(draw)]))
    released = new Set(releasedIds)
    clock = { nowMs, readAtMs: performance.now() }
  }
  return {
    hasHeard: () => clock !== null,
    of: (scheduleId) => bySchedule.get(scheduleId) ?? null,
    all: () => [...bySchedule.values()],
    isReleased: (drawId) => released.has(drawId),
    databaseNowMs: () => {
      if (clock === null) throw new Error('PostgreSQL has not told its time yet')
      return clock.nowMs + performance.now() - clock.readAtMs
    },
    askedAtMs: () => takenAskedAtMs,
    refresh: async () => {
      asked += 1
      const [number, askedAtMs] = [asked, performance.now()]
      const recent = await readDraws()
      // An answer that was overtaken by a later one is older news.
      if (number < taken) return
      taken = number
      takenAskedAtMs = askedAtMs
      take(recent)
    },
  }
}

const dayMs = 86_400_000

/** The draws closed within the last day, in which people ask for their places; those that close last first. */
export const drawsUnderWay = (draws: KnownDraws): KnownDraw[] => {
  const fromMs = draws.databaseNowMs() - dayMs
  return draws.all().filter(({ closed, closesAtMs }) => closed !== null && closesAtMs > fromMs)
}
