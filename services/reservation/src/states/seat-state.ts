import { createHash } from 'node:crypto'
import { ordinalsIn } from '../domain/seat-bits.ts'
import type { SeatSets } from '../domain/seat-changes.ts'
import { writeVersion } from '../domain/seat-version.ts'

/** The state of a schedule's seats at one moment. */
export interface SeatState extends SeatSets {
  readonly version: string
  /** Names the state itself: the same on every replica that sees it, and again when it comes back. */
  readonly digest: string
  readonly counts: { readonly total: number; readonly available: number; readonly sold: number; readonly hold: number }
  /** What is sold has not been heard from the event service for a while. */
  readonly isOld: boolean
}

/** Gives the state of a hall of `total` seats, seen at `seenAtMs` by Redis' clock. */
export function seatStateOf(seen: SeatSets & { total: number; isOld: boolean; seenAtMs: number }): SeatState {
  const { total, sold, hold, isOld, seenAtMs } = seen
  const facts = `${total} ${isOld ? 'old' : 'fresh'} `
  const digest = createHash('sha256').update(facts).update(sold).update(hold).digest('base64url').slice(0, 22)
  const [soldCount, holdCount] = [ordinalsIn(sold).length, ordinalsIn(hold).length]
  return {
    version: writeVersion({ seenAtMs, digest }),
    digest,
    counts: { total, available: total - soldCount - holdCount, sold: soldCount, hold: holdCount },
    sold,
    hold,
    isOld,
  }
}
