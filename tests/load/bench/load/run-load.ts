import { ask } from '../program.ts'
import type { LoadJob, LoadResult } from './job.ts'

const startSeconds = 60
const onceSecondsMax = 300

/** Runs one load in a process of its own; rejects when that fails or takes far longer than it should. */
export function runLoad(job: LoadJob): Promise<LoadResult> {
  const seconds = job.loop.kind === 'once' ? onceSecondsMax : job.loop.seconds
  const timeoutMs = (job.warmUpSeconds + seconds + startSeconds) * 1_000
  return ask<LoadResult>(new URL('./generate-load.main.ts', import.meta.url), job, timeoutMs)
}
