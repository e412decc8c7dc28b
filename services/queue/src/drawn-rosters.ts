import { setImmediate as afterOthers } from 'node:timers/promises'
import {
  entrantNamer,
  growRosterTree,
  type KeyedPermutation,
  keyedPermutation,
  type MerkleTree,
} from '@ticket-queue/draw'
import { inSlices } from '@ticket-queue/event-streams'
import type { KnownDraw } from './known-draw.ts'
import type { StoredDraw } from './store/draws.ts'

/** The closed roster of one draw, with what it takes to answer about a person in it. */
export interface DrawnRoster {
  readonly entrantIds: readonly string[]
  /** Place in entry order from 0; null of somebody who is not in it. */
  indexOf(userId: string): number | null
  /** The order that a draw key gives. */
  permutation(drawKey: string): KeyedPermutation
  /** The tree of receipts, built at the first call. */
  tree(): Promise<MerkleTree>
}

/** The closed rosters that this process has read; they never change. */
export interface DrawnRosters {
  /** What is in memory; null of a draw that is open or not loaded. */
  loaded(draw: StoredDraw): DrawnRoster | null
  /** Reads it from PostgreSQL unless it is in memory. */
  load(draw: StoredDraw): Promise<DrawnRoster>
}

/** So many draws that close within a day are in memory before anybody asks: 50,000 people are about ten megabytes. */
export const loadedMax = 32

/** Somebody who asks for the receipt of an older draw pushes none of those out. */
const keptMax = loadedMax + 4

/** Gives the entrant IDs of a closed draw in entry order. */
export type ReadEntrants = (drawId: string) => Promise<string[]>

/** Gives an empty memory of at most 36 rosters; the one asked for longest ago goes first. */
export function createDrawnRosters(readEntrants: ReadEntrants): DrawnRosters {
  const kept = new Map<string, { roster: DrawnRoster | null; loading: Promise<DrawnRoster> }>()
  return {
    loaded: ({ id }) => kept.get(id)?.roster ?? null,
    load: (draw) => {
      const known = kept.get(draw.id)
      const entry = known ?? { roster: null, loading: loadRoster(readEntrants, draw) }
      kept.delete(draw.id)
      kept.set(draw.id, entry)
      const [oldest] = kept.keys()
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest)
      if (known !== undefined) return known.loading
      return entry.loading.then(
        (roster) => {
          entry.roster = roster
          return roster
        },
        (error) => {
          if (kept.get(draw.id) === entry) kept.delete(draw.id)
          throw error
        },
      )
    },
  }
}

async function loadRoster(readEntrants: ReadEntrants, { id, terms, secrets }: StoredDraw): Promise<DrawnRoster> {
  const entrantIds = await readEntrants(id)
  const indexes = new Map<string, number>()
  await inSlices(entrantIds.entries(), ([index, entrantId]) => indexes.set(entrantId, index))
  const nameOf = entrantNamer(secrets.salt, terms.scheduleId)
  let permutation: { drawKey: string; made: KeyedPermutation } | null = null
  let tree: Promise<MerkleTree> | null = null
  return {
    entrantIds,
    indexOf: (userId) => indexes.get(nameOf(userId)) ?? null,
    permutation: (drawKey) => {
      if (permutation?.drawKey !== drawKey) {
        permutation = { drawKey, made: keyedPermutation(drawKey, entrantIds.length) }
      }
      return permutation.made
    },
    tree: () => {
      tree ??= growRosterTree(entrantIds, afterOthers)
      return tree
    },
  }
}

/** Where a person stands in a closed draw: nobody has an index before the roster is loaded, nor a position before the draw. */
export function standingIn(
  rosters: DrawnRosters,
  draw: KnownDraw,
  userId: string,
): { index: number | null; position: number | null } {
  const roster = draw.closed === null ? null : rosters.loaded(draw)
  const index = roster?.indexOf(userId) ?? null
  if (roster === null || index === null || draw.drawn === null) return { index, position: null }
  return { index, position: roster.permutation(draw.drawn.drawKey).positionOf(index) }
}
