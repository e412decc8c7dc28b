import { type BooksDeps, type Comparison, compareBooks } from '../consistency/compare-books.ts'
import type { Difference } from '../consistency/differences.ts'

/** Differences of a schedule, and how many there are of each kind. */
export type ConsistencyReport = Comparison & { scheduleId: string } & ReturnType<typeof countKinds>

/** Tells which seats of a schedule the services see differently (EVT-023); null for an unknown schedule. Changes nothing. */
export async function checkConsistency(deps: BooksDeps, scheduleId: string): Promise<ConsistencyReport | null> {
  const compared = await compareBooks(deps, scheduleId)
  return compared && { scheduleId, ...countKinds(compared.differences), ...compared }
}

/** How many differences there are of each kind. */
export function countKinds(differences: readonly Difference[]) {
  const count = (kind: Difference['kind']) => differences.filter((difference) => difference.kind === kind).length
  return {
    missing: count('MISSING'),
    extra: count('EXTRA'),
    otherOwner: count('OTHER_OWNER'),
    unknownSeat: count('UNKNOWN_SEAT'),
  }
}
