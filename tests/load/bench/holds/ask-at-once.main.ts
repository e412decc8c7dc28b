import { readFileSync } from 'node:fs'
import { type Dispatcher, Pool } from 'undici'
import type { OwnPart } from '../load/job.ts'
import { type Percentiles, percentilesOf } from '../load/percentiles.ts'
import { answerParent, inputOfParent } from '../program.ts'

export interface AskAtOnceInput {
  readonly origin: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** What each person has read before over the same connection. */
  readonly readBefore: string
  /** One request each. */
  readonly ownPartsFile: string
  /** So many of them ask. */
  readonly people: number
}

/** What everybody was answered, each measured from the moment in which all began. */
export interface AskedAtOnce {
  readonly statuses: Readonly<Record<string, number>>
  readonly latencyMs: Percentiles
}

// Everybody asks in the same moment, each over the connection over which the hall was read: no answer is a warm-up, refusals count.
const { origin, method, path, readBefore, ownPartsFile, people } = inputOfParent<AskAtOnceInput>()
const parts = readFileSync(ownPartsFile, 'utf8')
  .trimEnd()
  .split('\n')
  .slice(0, people)
  .map((line): OwnPart => JSON.parse(line))
const pool = new Pool(origin, { connections: parts.length, pipelining: 1 })
const seen = await Promise.all(
  parts.map(({ headers }) => statusOf({ method: 'GET', path: readBefore, headers: headers ?? {} })),
)
if (seen.some((status) => status !== '200')) throw new Error(`the hall could not be read: ${[...new Set(seen)]}`)
const beganAtMs = performance.now()
const answers = await Promise.all(
  parts.map(async ({ headers, body }) => {
    const ofBody = body === undefined ? {} : { 'content-type': 'application/json' }
    const status = await statusOf({ method, path, headers: { ...headers, ...ofBody }, body: body ?? null })
    return { status, latencyMs: performance.now() - beganAtMs }
  }),
)
await pool.close()
const byStatus = Map.groupBy(answers, ({ status }) => status)
const asked: AskedAtOnce = {
  statuses: Object.fromEntries([...byStatus].map(([status, all]) => [status, all.length])),
  latencyMs: percentilesOf(answers.map(({ latencyMs }) => latencyMs)),
}
answerParent(asked)

async function statusOf(request: Dispatcher.RequestOptions): Promise<string> {
  try {
    const answer = await pool.request(request)
    await answer.body.dump()
    return String(answer.statusCode)
  } catch {
    return 'no answer'
  }
}
