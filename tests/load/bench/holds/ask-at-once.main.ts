import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import type { OwnPart } from '../load/job.ts'
import { type Percentiles, percentilesOf } from '../load/percentiles.ts'
import { answerParent, inputOfParent } from '../program.ts'

export interface AskAtOnceInput {
  readonly origin: string
  readonly path: string
  /** One request each. */
  readonly ownPartsFile: string
}

/** What everybody was answered, each measured from the moment in which all began. */
export interface AskedAtOnce {
  readonly statuses: Readonly<Record<string, number>>
  readonly latencyMs: Percentiles
}

// Everybody asks in the same moment, each over a connection of one's own: no answer is a warm-up, and refusals count too.
const { origin, path, ownPartsFile } = inputOfParent<AskAtOnceInput>()
const parts = readFileSync(ownPartsFile, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): OwnPart => JSON.parse(line))
const pool = new Pool(origin, { connections: parts.length, pipelining: 1 })
const beganAtMs = performance.now()
const answers = await Promise.all(
  parts.map(async ({ headers, body }) => {
    const status = await ask(headers, body)
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

async function ask(headers: OwnPart['headers'], body: string | undefined): Promise<string> {
  try {
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { ...headers, 'content-type': 'application/json' },
      body: body ?? null,
    })
    await answer.body.dump()
    return String(answer.statusCode)
  } catch {
    return 'no answer'
  }
}
