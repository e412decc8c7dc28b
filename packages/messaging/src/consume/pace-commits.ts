import type { EachBatchPayload } from 'kafkajs'

/** How far behind the effects the committed offset may be: what is repeated after a crash, and dropped by the inbox. */
const commitEveryMs = 1000

/** The commits of a member of a group: of each partition at most one a second. */
export interface Commits {
  /** The offset of a partition up to which everything has its effect: committed now if that was last done a second ago, else when it was. */
  reach(payload: EachBatchPayload, offset: bigint): Promise<void>
  /** Commits what is left at once: nothing more is to come. What cannot be committed is repeated. */
  flush(): Promise<void>
  /** Partitions have been assigned anew: what was left is repeated by whoever has them. */
  forget(): void
}

interface Lane {
  committedAtMs: number
  commit: (() => Promise<void>) | null
  timer: NodeJS.Timeout | undefined
}

/** A commit costs the broker as much as a batch of messages, so that one for each batch of a few would double its work. */
export function paceCommits(): Commits {
  const lanes = new Map<string, Lane>()
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? { committedAtMs: Number.NEGATIVE_INFINITY, commit: null, timer: undefined }
    lanes.set(name, lane)
    return lane
  }
  const commitNow = async (lane: Lane) => {
    clearTimeout(lane.timer)
    const { commit } = lane
    lane.timer = undefined
    lane.commit = null
    if (commit === null) return
    lane.committedAtMs = performance.now()
    // A commit that fails costs repeats, which the inbox drops.
    await commit().catch(() => undefined)
  }
  return {
    async reach({ batch, commitOffsetsIfNecessary, isRunning }, offset) {
      const { topic, partition } = batch
      const lane = laneOf(`${topic}/${partition}`)
      const partitions = [{ partition, offset: offset.toString() }]
      lane.commit = () => commitOffsetsIfNecessary({ topics: [{ topic, partitions }] })
      const waitMs = lane.committedAtMs + commitEveryMs - performance.now()
      if (waitMs <= 0 || !isRunning()) return commitNow(lane)
      lane.timer ??= setTimeout(() => void commitNow(lane), waitMs)
    },
    async flush() {
      await Promise.all([...lanes.values()].map(commitNow))
    },
    forget() {
      for (const { timer } of lanes.values()) clearTimeout(timer)
      lanes.clear()
    },
  }
}
