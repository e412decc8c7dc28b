import { readHoldsByKind } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Catalogue } from '../catalogue.ts'
import { countLeft, type RankedSegment, type RankInput, rankSegments, type Wish } from '../domain/rank-segments.ts'
import { hasBit } from '../domain/seat-bits.ts'
import { type Kept, keepFresh } from '../keep-fresh.ts'

interface Offered extends Pick<RankInput, 'grade' | 'groupSize' | 'withRestrictedView'> {
  readonly manner: 'together' | 'apart'
  readonly singles: 'avoided' | 'allowed'
}

/** Where there are, or may be, holds that are only being written. */
type Met = Pick<Wish, 'count' | 'grade'> & Pick<Offered, 'manner'>

/** What a schedule has to offer to people who do not choose, as of one moment; shared by all who ask within it. */
export interface SeatOffers {
  /** When the moment was, of `performance.now()`: what is decided later is not in it. */
  readonly readAtMs: number
  /** Best first; ranked once for all who want the same. */
  ranked(offered: Offered): readonly RankedSegment[]
  /** Takes segments in which somebody has found no room out of what all others are shown. */
  drop(offered: Offered, segments: readonly RankedSegment[]): void
  isSold(ordinal: number): boolean
  isHeld(seatId: string): boolean
  left(grade: RankInput['grade']): number
  /** Says that somebody has met, or may have passed over, holds that are only being written and have begun since: who wants the same and finds no room here has to look again. */
  noteUndecided(met: Met): void
  /** Whether there would be room for a wish if every hold that was only being written, or has been since, came to nothing. */
  mayComeBack(wish: Wish): boolean
  /** How many have asked of this moment, the caller included. */
  countAsker(): number
}

/** So long `current` gives the same moment. */
export const freshMs = 250
const keepMs = 1_000

/**
 * Gives what schedules have to offer: `recent` is a second old at most, which is enough to say where to look, because the
 * script that holds decides what is really free; `current` a quarter of one, for refusals. Sold seats are half a second older.
 */
export function createSeatOffers(deps: {
  readonly redis: RedisClient
  readonly catalogue: Catalogue
}): Kept<SeatOffers> {
  return keepFresh({ freshMs, keepMs }, async (scheduleId) => {
    const readAtMs = performance.now()
    const [{ hall }, soldBits, { held, tentative }] = await Promise.all([
      deps.catalogue.inventory(scheduleId),
      deps.catalogue.recentlySoldBits(scheduleId),
      readHoldsByKind(deps.redis, scheduleId),
    ])
    const state = { isSold: (ordinal: number) => hasBit(soldBits, ordinal), isHeld: (id: string) => held.has(id) }
    const ranked = new Map<string, readonly RankedSegment[]>()
    const undecided = new Set<string>()
    let askers = 0
    return {
      readAtMs,
      ranked(offered) {
        const key = keyOf(offered)
        const known = ranked.get(key) ?? rankSegments(hall, { ...offered, ...state })
        ranked.set(key, known)
        return known
      },
      drop(offered, segments) {
        const key = keyOf(offered)
        const without = new Set(segments.map((one) => one.key))
        if (segments.length > 0) ranked.set(key, ranked.get(key)?.filter((one) => !without.has(one.key)) ?? [])
      },
      ...state,
      left: (grade) => countLeft(hall, { grade, ...state }),
      noteUndecided(met) {
        undecided.add(textOf(met))
      },
      mayComeBack({ grade, together, count }) {
        // Who would sit apart has looked for seats side by side too, where others may have taken segments out.
        const manners = together ? (['together'] as const) : (['together', 'apart'] as const)
        if (manners.some((manner) => undecided.has(textOf({ grade, count, manner })))) return true
        if (tentative.size === 0) return false
        const later = { grade, ...state, isHeld: (id: string) => held.has(id) && !tentative.has(id) }
        if (!together) return countLeft(hall, later) >= count
        return rankSegments(hall, { ...later, groupSize: count, withRestrictedView: true }).length > 0
      },
      countAsker: () => {
        askers += 1
        return askers
      },
    }
  })
}

const textOf = ({ grade, count, manner }: Met): string => [grade, count, manner].join()

const keyOf = ({ grade, groupSize, withRestrictedView, manner, singles }: Offered): string =>
  [grade, groupSize, withRestrictedView, manner, singles].join()
