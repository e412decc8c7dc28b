import { gatherCalls, type RedisClient } from '@ticket-queue/redis'
import { type Commit, type CommitAnswer, commitTogether, writeCommit } from './commit-hold.ts'
import { type Hold, type HoldAnswer, holdTogether, writeTentative } from './hold-seats.ts'
import { holdsPerCallMax, type WrittenHold } from './write-hold.ts'

/** Holds seats tentatively, as `holdSeats` does. */
export type HoldSeats = (hold: Hold) => Promise<HoldAnswer>
/** Commits a hold, as `commitHold` does. */
export type CommitHold = (commit: Commit) => Promise<CommitAnswer>

/** Gives `holdSeats` for a process by which many people hold seats: holds of one schedule and one turn of the event loop share a call. */
export function gatherHolds(redis: RedisClient): HoldSeats {
  const hold = gather(redis, holdTogether)
  return async (wanted) => hold(writeTentative(wanted))
}

/** Gives `commitHold` for such a process: commits of one schedule and one turn share a call, so those whose rows were written together do. */
export function gatherCommits(redis: RedisClient): CommitHold {
  const commit = gather(redis, commitTogether)
  return async (owned) => commit(writeCommit(owned))
}

const gather = <Answer>(
  redis: RedisClient,
  together: (redis: RedisClient, scheduleId: string, holds: readonly WrittenHold[]) => Promise<readonly Answer[]>,
) =>
  gatherCalls(
    async (holds: readonly WrittenHold[]) => {
      const [first] = holds
      return first === undefined ? [] : together(redis, first.scheduleId, holds)
    },
    { itemsMax: holdsPerCallMax, termsOf: ({ scheduleId }) => scheduleId },
  )
