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
 * The fewest single seats that any choice of so many seats in at most so many groups leaves. Out of one run it takes a group at
 * one end, which leaves a single seat exactly when it leaves one seat: a second group in the same run is never better. Run by
 * run, so that the work grows with the runs of a row and not with the ways to choose among them.
 */
function leastSingles(runs: readonly number[], { wanted, groups }: { wanted: number; groups: number }): number {
  let least = tableOf(groups, wanted, (_, seats) => (seats === 0 ? 0 : Number.POSITIVE_INFINITY))
  for (const run of runs) {
    const without = least
    least = tableOf(groups, wanted, (group, seats) => {
      const ways = [without[group]?.[seats] ?? Number.POSITIVE_INFINITY]
      for (let taken = 1; taken <= Math.min(run, seats); taken += 1) {
        const rest = without[group - 1]?.[seats - taken] ?? Number.POSITIVE_INFINITY
        ways.push(rest + (run - taken === 1 ? 1 : 0))
      }
      return Math.min(...ways)
    })
  }
  return least[groups]?.[wanted] ?? Number.POSITIVE_INFINITY
}

/** A value for each number of groups and of seats, from none to the most. */
const tableOf = (groups: number, seats: number, value: (group: number, seats: number) => number): number[][] =>
  Array.from({ length: groups + 1 }, (_, group) => Array.from({ length: seats + 1 }, (_, count) => value(group, count)))
