import { readFileSync } from 'node:fs'
import { answerParent, inputOfParent } from '../program.ts'
import { runClosedLoop } from './closed-loop.ts'
import type { LoadJob, OwnPart } from './job.ts'
import { runOpenLoop } from './open-loop.ts'

// The load generator: a process of its own, so that its work does not stand between a request and its measured time.
const job = inputOfParent<LoadJob>()
const parts = readParts(job.ownPartsFile)
const result =
  job.loop.kind === 'open' ? await runOpenLoop(job, job.loop, parts) : await runClosedLoop(job, job.loop, parts)
answerParent(result)

function readParts(file: string | undefined): OwnPart[] {
  if (file === undefined) return Array.from({ length: 1_000 }, () => ({}))
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): OwnPart => JSON.parse(line))
}
