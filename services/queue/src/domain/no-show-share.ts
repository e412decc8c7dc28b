/** Counts of a schedule's admission, all of them growing but `inside`. */
export interface StayCounts {
  readonly admitted: number
  /** Stays that ended without the token ever having been fetched. */
  readonly noShows: number
  readonly inside: number
}

/** Stays that ended lately, older ones weighing less. */
export interface RecentStays {
  readonly recentStays: number
  readonly recentNoShows: number
}

/** What weighs half after about five minutes, at a decision each five seconds. */
const keptShare = 0.9885
/** Fewer stays say nothing about a share. */
const staysMin = 20

/** Adds what has ended between two counts. Counts that went back are of a queue that Redis has lost: they add nothing. */
export function addStays(recent: RecentStays, before: StayCounts, now: StayCounts): RecentStays {
  const noShows = now.noShows - before.noShows
  const ended = now.admitted - now.inside - (before.admitted - before.inside)
  const isSound = noShows >= 0 && ended >= 0 && now.admitted >= before.admitted
  return {
    recentStays: recent.recentStays * keptShare + (isSound ? Math.max(ended, noShows) : 0),
    recentNoShows: recent.recentNoShows * keptShare + (isSound ? noShows : 0),
  }
}

/** The share (0 to 1) of people let in lately who never came; null while too few stays have ended. */
export const noShowShare = ({ recentStays, recentNoShows }: RecentStays): number | null =>
  recentStays < staysMin ? null : Math.min(1, recentNoShows / recentStays)
