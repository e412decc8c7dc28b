import { setTimeout as pause } from 'node:timers/promises'
import type { LoadJob, LoadResult } from '../load/job.ts'
import { runLoad } from '../load/run-load.ts'
import { warmUpSecondsOf } from '../machine/measure-machine.ts'
import type { QueueDeps } from './queue-deps.ts'

type StatusJob = Omit<LoadJob, 'loop' | 'warmUpSeconds'>

/**
 * Everybody who waits asks once, as fast as it goes, and once more after the time all have been told to wait: who asks
 * earlier is answered from memory, which would be measured instead. Gives every round; see `medianOf`.
 */
export async function everybodyAsks(deps: QueueDeps, job: StatusJob): Promise<LoadResult[]> {
  const { rounds } = deps.options
  const results: LoadResult[] = []
  for (let round = 1; round <= rounds; round += 1) {
    results.push(await askOnceEach(deps, rounds === 1 ? job : { ...job, name: `${job.name}, round ${round}` }))
  }
  return results
}

/** One such round. */
export async function askOnceEach(deps: QueueDeps, job: StatusJob): Promise<LoadResult> {
  await untilAllMayAsk(deps)
  return runLoad({ ...job, warmUpSeconds: 0, loop: { kind: 'once', connections: deps.options.connections } })
}

/** Everybody asks at most once, at a fixed rate, for as long as there is somebody who has not. */
export async function everybodyAsksAt(deps: QueueDeps, job: StatusJob, ratePerSecond: number): Promise<LoadResult> {
  await untilAllMayAsk(deps)
  const all = Math.min(deps.options.seconds * 1.25, deps.people.length / ratePerSecond)
  const warmUpSeconds = Math.min(warmUpSecondsOf(all), all / 5)
  const seconds = Math.max(1, Math.floor(all - warmUpSeconds))
  return runLoad({ ...job, warmUpSeconds, loop: { kind: 'open', ratePerSecond, seconds } })
}

/** The round in the middle by throughput: a moment in which the machine was disturbed does not decide. */
export function medianOf(rounds: readonly LoadResult[]): LoadResult {
  const sorted = rounds.toSorted((a, b) => a.grantedPerSecond - b.grantedPerSecond)
  const median = sorted[Math.floor((sorted.length - 1) / 2)]
  if (median === undefined) throw new Error('no round was run')
  return median
}

async function untilAllMayAsk({ say, pollAfterMaxMs }: QueueDeps): Promise<void> {
  say(`waiting ${Math.ceil(pollAfterMaxMs / 1_000)} s: so long nobody has been told to ask again`)
  await pause(pollAfterMaxMs)
}
