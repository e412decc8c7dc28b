/**
 * Which free seats of a segment (seats side by side) a choice leaves alone between taken ones or the end, although as many
 * seats in as many or fewer groups could be chosen there leaving fewer such seats (`rules.avoidOrphans`). Empty if the choice
 * is fine, or if the segment has no better way. `isFree[n]`: whether seat n was free before the choice; `chosen`: indices of it.
 */
export function needlessSingles(isFree: readonly boolean[], chosen: ReadonlySet<number>): number[] {
  const singles = newSingles(isFree, chosen)
  if (singles.length === 0) return []
  const wanted = chosen.size
  const groups = [...chosen].filter((place) => !chosen.has(place - 1)).length
  return singles.length > leastSingles(runsOf(isFree), { wanted, groups }) ? singles : []
}

/** Free seats that are alone after the choice and were not before. */
function newSingles(isFree: readonly boolean[], chosen: ReadonlySet<number>): number[] {
  const staysFree = (place: number) => isFree[place] === true && !chosen.has(place)
  return isFree.flatMap((_, place) => {
    const isSingle = staysFree(place) && !staysFree(place - 1) && !staysFree(place + 1)
    return isSingle && (chosen.has(place - 1) || chosen.has(place + 1)) ? [place] : []
  })
}

/** Lengths of the runs of free seats. */
function runsOf(isFree: readonly boolean[]): number[] {
  const runs: number[] = []
  let length = 0
  for (const free of [...isFree, false]) {
    if (free) length += 1
    else if (length > 0) {
      runs.push(length)
      length = 0
    }
  }
  return runs
}

/**
 * The fewest single seats that any choice of so many seats in so many groups leaves. Out of one run it takes a group at one
 * end, which leaves a single seat exactly when it leaves one seat: a second group in the same run is never better.
 */
function leastSingles(runs: readonly number[], { wanted, groups }: { wanted: number; groups: number }): number {
  const [run, ...others] = runs
  if (wanted === 0) return 0
  if (run === undefined || groups === 0) return Number.POSITIVE_INFINITY
  let least = leastSingles(others, { wanted, groups })
  for (let taken = 1; taken <= Math.min(run, wanted); taken += 1) {
    const rest = leastSingles(others, { wanted: wanted - taken, groups: groups - 1 })
    least = Math.min(least, rest + (run - taken === 1 ? 1 : 0))
  }
  return least
}
