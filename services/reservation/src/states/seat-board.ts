import { readHolds } from '@ticket-queue/lua/seat'
import type { Inventory } from '../catalogue.ts'
import { bitsOf, without } from '../domain/seat-bits.ts'
import { readVersion } from '../domain/seat-version.ts'
import { paceLooks } from './pace-looks.ts'
import { createHistory, type SeatPicture } from './seat-history.ts'
import { type SeatState, seatStateOf } from './seat-state.ts'
import { followSold, type SoldSeats, type SoldSeatsDeps } from './sold-seats.ts'

export interface BoardSettings {
  /** Pause between two looks while somebody follows or has asked of late. */
  readonly lookMs: number
  /** How long after the last question the looking goes on. */
  readonly idleMs: number
  /** How old the event service's last word may be before states are said to be old. */
  readonly oldMs: number
  /** How many states before the present one are remembered. */
  readonly statesMax: number
}

/** The live state of one schedule's seats in this process, looked at once for all who ask and follow. */
export interface SeatBoard {
  /**
   * The state as it is now or was a look ago, and not older than the version `since`, which another replica may have given:
   * nobody is led back. Throws when it cannot be looked at.
   */
  picture(since?: string | null): Promise<SeatPicture>
  /** The last state seen. */
  readonly last: SeatPicture
  /** Calls `tell` after each change until the function given back is called. */
  follow(tell: () => void): () => void
  /** Counts as a question that is about to come. */
  touch(): void
  /** How long nobody has asked or followed, in ms. */
  idleMs(): number
  close(): void
}

/** A look that was under way may have begun before what another replica has seen; the next one has not. */
const looksMax = 2

/** Takes the first look; throws 503 when the event service or Redis is away. */
export async function openBoard(deps: SoldSeatsDeps, scheduleId: string, settings: BoardSettings): Promise<SeatBoard> {
  const soldSeats = await followSold(deps, scheduleId, settings)
  let seen = await lookAt(deps, scheduleId, soldSeats)
  const history = createHistory(scheduleId, seen, settings.statesMax)
  const followers = new Set<() => void>()
  let askedAtMs = performance.now()
  let isBlind = false

  const idleMs = () => (followers.size > 0 ? 0 : performance.now() - askedAtMs)
  const looks = paceLooks({
    lookMs: settings.lookMs,
    look: async () => {
      seen = await lookAt(deps, scheduleId, soldSeats)
      isBlind = false
      if (history.add(seen.state, seen.inventory)) for (const tell of followers) tell()
    },
    isWanted: () => idleMs() <= settings.idleMs,
    onError: (err) => {
      if (!isBlind) deps.log.warn({ err, scheduleId }, 'the seats cannot be looked at')
      isBlind = true
    },
  })
  const isOlderThan = (since: string | null) =>
    since !== null && (readVersion(since)?.seenAtMs ?? 0) >= seen.seenAtMs && !history.picture.is(since)

  return {
    get last() {
      return history.picture
    },
    picture: async (since = null) => {
      askedAtMs = performance.now()
      if (looks.isStale()) await looks.now()
      for (let look = 0; look < looksMax && isOlderThan(since); look += 1) await looks.soon()
      looks.goOn()
      return history.picture
    },
    follow: (tell) => {
      followers.add(tell)
      looks.goOn()
      return () => void followers.delete(tell)
    },
    touch: () => {
      askedAtMs = performance.now()
    },
    idleMs,
    close: looks.close,
  }
}

interface Seen {
  readonly state: SeatState
  readonly inventory: Inventory
  /** Nothing in it is older, by Redis' clock. */
  readonly seenAtMs: number
}

/** A seat that is both sold and held is sold. */
async function lookAt({ redis }: SoldSeatsDeps, scheduleId: string, soldSeats: SoldSeats): Promise<Seen> {
  const { sold, seenAtMs, isOld } = await soldSeats.look()
  const heldSeatIds = await readHolds(redis, scheduleId)
  const { inventory } = soldSeats
  const total = inventory.byOrdinal.length
  const held = heldSeatIds.flatMap((id) => inventory.byId.get(id)?.ordinal ?? [])
  const hold = without(bitsOf(held, total), sold)
  return { state: seatStateOf({ total, sold, hold, isOld, seenAtMs }), inventory, seenAtMs }
}
