import type { Entry } from './cache-entries.ts'
import type { CacheTarget } from './cache-keys.ts'

/** What this process has lately seen of the cache, so that the crowd on one page does not ask Redis for each reader. */
export type EntryMemory = {
  /** An entry seen just now, to be served without asking. */
  fresh(target: CacheTarget): Entry | null
  /** The entry as it was last seen, for comparing its tag. */
  last(target: CacheTarget): Entry | null
  /**
   * Remembers what a reader got who came at `askedAt` (of `performance.now()`). It is fresh for a moment from then on, since
   * all that is known is that it was true then, and for no longer than it may still be served.
   */
  keep(target: CacheTarget, entry: Entry, times: { askedAt: number; remainingMs: number }): void
  forget(generationKey: string): void
}

/** A change in another process shows here after this at the latest; readers are promised a second (EVT-019). */
const freshMs = 250
const entriesMax = 1000
const bytesMax = 128 * 1024 * 1024

type Kept = { entry: Entry; generationKey: string; askedAt: number; freshUntil: number; bytes: number }

/** An empty memory with room for 1,000 entries or 128 MiB; what was kept longest ago goes first. */
export function createEntryMemory(): EntryMemory {
  const kept = new Map<string, Kept>()
  let bytes = 0
  const drop = (key: string) => {
    bytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    fresh: ({ key }) => {
      const known = kept.get(key)
      return known !== undefined && performance.now() < known.freshUntil ? known.entry : null
    },
    last: ({ key }) => kept.get(key)?.entry ?? null,
    keep({ key, generationKey }, entry, { askedAt, remainingMs }) {
      // Who came earlier and waited longer may have an older entry.
      if ((kept.get(key)?.askedAt ?? 0) > askedAt) return
      drop(key)
      const size = sizeOf(entry)
      const freshUntil = askedAt + Math.min(freshMs, remainingMs)
      kept.set(key, { entry, generationKey, askedAt, freshUntil, bytes: size })
      bytes += size
      for (const [oldest] of kept) {
        if (kept.size <= entriesMax && bytes <= bytesMax) break
        drop(oldest)
      }
    },
    forget(generationKey) {
      for (const [key, known] of kept) if (known.generationKey === generationKey) drop(key)
    },
  }
}

const sizeOf = ({ plain, br, gzip }: Entry): number => plain.length + (br?.length ?? 0) + (gzip?.length ?? 0)
