import { readHolds, tentativeSeatsKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Catalogue } from '../catalogue.ts'
import { countLeft, type RankedSegment, type RankInput, rankSegments, type Wish } from '../domain/rank-segments.ts'
import { hasBit } from '../domain/seat-bits.ts'
import { type Kept, keepFresh } from '../keep-fresh.ts'

type Offered = Pick<RankInput, 'grade' | 'groupSize' | 'withRestrictedView'>

/** What a schedule has to offer to people who do not choose, as of one moment; shared by all who ask within it. */
export interface SeatOffers {
  /** Best first; ranked once for all who want the same. */
  ranked(offered: Offered): readonly RankedSegment[]
  isSold(ordinal: number): boolean
  left(grade: RankInput['grade']): number
  /** Whether there would be room for a wish if every hold that was only being written came to nothing. */
  mayComeBack(wish: Wish): boolean
  /** How many have asked of this moment, the caller included. */
  countAsker(): number
}

const freshMs = 250
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
    const [{ hall }, soldBits, heldSeatIds, beingWritten] = await Promise.all([
      deps.catalogue.inventory(scheduleId),
      deps.catalogue.recentlySoldBits(scheduleId),
      readHolds(deps.redis, scheduleId),
      deps.redis.client.zrange(tentativeSeatsKey(scheduleId), '0', '-1'),
    ])
    const [held, tentative] = [new Set(heldSeatIds), new Set(beingWritten)]
    const state = { isSold: (ordinal: number) => hasBit(soldBits, ordinal), isHeld: (id: string) => held.has(id) }
    const ranked = new Map<string, readonly RankedSegment[]>()
    let askers = 0
    return {
      ranked(offered) {
        const key = JSON.stringify([offered.grade, offered.groupSize, offered.withRestrictedView])
        const known = ranked.get(key) ?? rankSegments(hall, { ...offered, ...state })
        ranked.set(key, known)
        return known
      },
      isSold: state.isSold,
      left: (grade) => countLeft(hall, { grade, ...state }),
      mayComeBack({ grade, together, count }) {
        const isHeld = (id: string) => held.has(id) && !tentative.has(id)
        const groupSize = together ? count : 1
        return rankSegments(hall, { grade, groupSize, withRestrictedView: true, ...state, isHeld }).length > 0
      },
      countAsker: () => {
        askers += 1
        return askers
      },
    }
  })
}
