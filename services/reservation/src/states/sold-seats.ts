import { type NotedSale, readSales } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Catalogue, Inventory } from '../catalogue.ts'
import { fitted, type SeatBits, setSeat } from '../domain/seat-bits.ts'

export interface SoldSeatsDeps {
  readonly catalogue: Catalogue
  readonly redis: RedisClient
  readonly log: Log
}

/** What is sold of a schedule. */
export interface SoldSeats {
  /** The seats as they were heard of last; they do not change once on sale. */
  readonly inventory: Inventory
  /** Reads what has been noted of sales since the last look. Gives a set of one's own, and the moment by Redis' clock. */
  look(): Promise<{ sold: SeatBits; seenAtMs: number; isOld: boolean }>
}

/** How often the event service is asked while somebody looks, however many they are. */
const askMs = 400
/** The event service may be so far behind our own sales: what is noted counts for so long, then its word does. */
const behindMaxMs = 60_000

/**
 * Follows what is sold of a schedule: SOLD as the event service says (RSV-003), and the sales of the last minute as this
 * service has made them, which the event service hears of through Kafka. While it is away its last word counts, with all
 * sales noted since a minute before; after `oldMs` that is said to be old. Throws 503 where it has not said anything yet.
 */
export async function followSold(
  deps: SoldSeatsDeps,
  scheduleId: string,
  { oldMs }: { readonly oldMs: number },
): Promise<SoldSeats> {
  const { redis } = deps
  const asked = await createAsking(deps, scheduleId)
  const notes = new Map<string, { isSold: boolean; atMs: number }>()
  const noLaterNote = { scheduleId, sinceMs: Number.MAX_SAFE_INTEGER }
  let sinceMs = Math.max(0, (await readSales(redis, noLaterNote)).nowMs - behindMaxMs)

  const take = (sales: readonly NotedSale[], atMs: number) => {
    for (const { seatId, isSold } of sales) notes.set(seatId, { isSold, atMs })
    const forgottenMs = asked.word.heardAtMs - behindMaxMs
    for (const [seatId, note] of notes) if (note.atMs < forgottenMs) notes.delete(seatId)
  }
  return {
    get inventory() {
      return asked.word.inventory
    },
    look: async () => {
      const nowMs = performance.now()
      asked.askAgain(nowMs)
      const { nowMs: seenAtMs, sales } = await readSales(redis, { scheduleId, sinceMs })
      sinceMs = seenAtMs
      take(sales, nowMs)
      const { inventory, bits, heardAtMs } = asked.word
      const sold = fitted(bits, inventory.byOrdinal.length)
      for (const [seatId, { isSold }] of notes) {
        const ordinal = inventory.byId.get(seatId)?.ordinal
        if (ordinal !== undefined) setSeat(sold, ordinal, isSold)
      }
      return { sold, seenAtMs, isOld: nowMs - heardAtMs > oldMs }
    },
  }
}

/** The last word of the event service; it was asked at `heardAtMs`, by this process' clock. */
interface Word {
  readonly inventory: Inventory
  readonly bits: SeatBits
  readonly heardAtMs: number
}

/** Keeps the last word of the event service, and asks again without anybody waiting for it. */
async function createAsking({ catalogue, log }: SoldSeatsDeps, scheduleId: string) {
  let askedAtMs = 0
  let isAsking = false
  let isAway = false
  const hear = async (): Promise<Word> => {
    askedAtMs = performance.now()
    const heardAtMs = askedAtMs
    const [inventory, bits] = await Promise.all([catalogue.inventory(scheduleId), catalogue.soldBits(scheduleId)])
    return { inventory, bits, heardAtMs }
  }
  const hearOrKeep = async () => {
    isAsking = true
    try {
      asking.word = await hear()
      isAway = false
    } catch (err) {
      if (!isAway) log.warn({ err, scheduleId }, 'the event service does not say what is sold: its last word counts')
      isAway = true
    } finally {
      isAsking = false
    }
  }
  const asking = {
    word: await hear(),
    askAgain: (nowMs: number): void => {
      if (!isAsking && nowMs - askedAtMs >= askMs) void hearOrKeep()
    },
  }
  return asking
}
