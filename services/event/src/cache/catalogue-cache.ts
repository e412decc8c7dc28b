import { setTimeout as wait } from 'node:timers/promises'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { packed, withTag } from '../answer-body.ts'
import { createBeginGenerations } from './begin-generations.ts'
import { type Entry, readEntry, type Stored, writeEntry } from './cache-entries.ts'
import type { CacheTarget } from './cache-keys.ts'
import { createEntryMemory, type EntryMemory } from './entry-memory.ts'

/** What a rebuild gives: the body as it is sent, and how long it may be served at most. */
export type Built = { body: string; freshMs: number }
export type { Entry }

type Build = () => Promise<Built | null>

export type CatalogueCache = {
  /** Gives the body of `target`, built by `build` if nobody has stored it. `null` from `build` is passed on, never stored. */
  read(target: CacheTarget, build: Build): Promise<Entry | null>
  /**
   * Makes every reader from now on see the database as it is: to be called after the commit. While Redis refuses it, readers see the
   * database as it was, for five minutes at most. Never throws.
   */
  invalidate(...targets: Pick<CacheTarget, 'generationKey'>[]): Promise<void>
}

/** The longest that an entry lives (EVT-017). */
const entryMs = 5 * 60_000
/** The `freshMs` of what time alone does not change. */
export const neverChangesMs = entryMs
const rebuildMs = 10_000
const pollMs = 20
/** In this last share of its life an entry is still served while one reader rebuilds it; short lives just end. */
const refreshAheadShare = 0.1
const refreshAheadLifeMsMin = 10_000

/**
 * Cache-aside with one rebuild (EVT-017, EVT-021): in this process one build of an entry is under way at a time, and
 * across processes a Redis lock lets one of them build while the others wait for what it stores. Without Redis
 * each process builds for itself, so readers are still served. What a process has seen it serves for a moment unasked.
 */
export function createCatalogueCache({ redis, log }: { redis: RedisClient; log: Log }): CatalogueCache {
  const underWay = new Map<string, Promise<Entry | null>>()
  const memory = createEntryMemory()
  const look = lookUp(redis, memory, log)
  const beginGenerations = createBeginGenerations({ redis, log, entriesEndMs: entryMs })
  let changes = 0

  /** Runs `work` unless the same entry is being built for the same generation: then its result is shared. */
  const share = (target: CacheTarget, stored: Stored, work: () => Promise<Entry | null>) => {
    const flight = `${target.key} ${stored.generation}`
    const known = underWay.get(flight)
    if (known !== undefined) return known
    const started = work().finally(() => underWay.delete(flight))
    underWay.set(flight, started)
    return started
  }

  const readThrough = async (target: CacheTarget, build: Build) => {
    const stored = await look(target, changes)
    const { entry } = stored
    if (entry === null) {
      const built = await share(target, stored, () => rebuildOrWait(redis, look, { target, stored, build }))
      return { entry: built, remainingMs: built?.lifeMs ?? 0 }
    }
    if (entry.lifeMs >= refreshAheadLifeMsMin && stored.remainingMs < entry.lifeMs * refreshAheadShare) {
      const ahead = async () => (await rebuildIfFirst(redis, { target, stored, build, ahead: true })).entry ?? entry
      share(target, stored, ahead).catch((error: unknown) => {
        log.warn({ err: error, key: target.key }, 'a cache entry could not be rebuilt before its end')
      })
    }
    return { entry, remainingMs: stored.remainingMs }
  }

  return {
    read: async (target, build) => {
      const fresh = memory.fresh(target)
      if (fresh !== null) return fresh
      const before = changes
      const askedAt = performance.now()
      const { entry, remainingMs } = await readThrough(target, build)
      // What was read while a change went by may be older than it.
      if (entry !== null && changes === before) memory.keep(target, entry, { askedAt, remainingMs })
      return entry
    },
    invalidate: async (...targets) => {
      changes += 1
      await beginGenerations(targets.map(({ generationKey }) => generationKey))
      changes += 1
      for (const { generationKey } of targets) memory.forget(generationKey)
    },
  }
}

type Look = (target: CacheTarget, changes?: number) => Promise<Stored>
type Rebuild = { target: CacheTarget; stored: Stored; build: Build; ahead?: boolean }

/**
 * Gives a look that never fails and that all share who ask at the same moment, after as many changes made here. The loss of
 * Redis and its return are logged once each, not per reader.
 */
const lookUp = (redis: RedisClient, memory: EntryMemory, log: Log): Look => {
  const looking = new Map<string, Promise<Stored>>()
  let away = false
  const lookNow = async (target: CacheTarget): Promise<Stored> => {
    try {
      const stored = await readEntry(redis, target, memory.last(target))
      if (away) log.info('the cache can be read again')
      away = false
      return stored
    } catch (error) {
      if (!away) log.warn({ err: error }, 'the cache cannot be read: answers come from the database')
      away = true
      return { entry: null, remainingMs: 0, generation: 'unknown', reachable: false }
    }
  }
  return (target, changes) => {
    if (changes === undefined) return lookNow(target)
    const flight = `${target.key} ${changes}`
    const known = looking.get(flight)
    if (known !== undefined) return known
    const started = lookNow(target).finally(() => looking.delete(flight))
    looking.set(flight, started)
    return started
  }
}

async function rebuildOrWait(redis: RedisClient, look: Look, rebuild: Rebuild): Promise<Entry | null> {
  const deadline = performance.now() + rebuildMs
  let { stored } = rebuild
  while (stored.reachable && performance.now() < deadline) {
    const outcome = await rebuildIfFirst(redis, { ...rebuild, stored })
    if (outcome.first) return outcome.entry
    await wait(pollMs)
    stored = await look(rebuild.target)
    if (stored.entry !== null) return stored.entry
  }
  return toEntry(rebuild.target, await rebuild.build())
}

/** Builds and stores the entry if no other process is doing so for this generation. */
async function rebuildIfFirst(
  redis: RedisClient,
  { target, stored, build, ahead = false }: Rebuild,
): Promise<{ first: boolean; entry: Entry | null }> {
  const lock = `${target.key}:rebuild:${stored.generation}`
  const locked = await redis.client.set(lock, '1', 'PX', rebuildMs, 'NX').catch(() => 'OK')
  if (locked !== 'OK') return { first: false, entry: null }
  try {
    // The rebuild that held the lock before may have stored what this reader missed a moment ago.
    const known = ahead ? null : await readEntry(redis, target).catch(() => null)
    if (known?.entry) return { first: true, entry: known.entry }
    const entry = await toEntry(target, await build())
    // A reader is answered even when Redis went away meanwhile.
    if (entry !== null) await writeEntry(redis, target, { entry, generation: stored.generation }).catch(() => {})
    return { first: true, entry }
  } finally {
    await redis.client.del(lock).catch(() => 0)
  }
}

async function toEntry(target: CacheTarget, built: Built | null): Promise<Entry | null> {
  if (built === null) return null
  const tagged = withTag(built.body)
  const body = target.isSent ? await packed(tagged) : tagged
  return { ...body, lifeMs: Math.max(1, Math.min(entryMs, Math.floor(built.freshMs))) }
}
