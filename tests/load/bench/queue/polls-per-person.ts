import { randomUUID } from 'node:crypto'
import { defaultQueueConfig } from '@ticket-queue/lua/queue'
import { Pool } from 'undici'
import { z } from 'zod'
import type { Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { prepareQueue } from '../people/fill-queue.ts'
import type { QueueDeps } from './queue-deps.ts'
import { simulatePolls } from './simulate-polls.ts'

/** What this part finds. */
export const pollsPerPersonMeasures = {
  ratio: { id: 'P16', what: 'polls per person as told / with fixed 5 s', target: '≤ 1/4' },
} as const

const fixedMs = 5_000
const enteringAtOnce = 32
const comersPerPlaceMax = 2
const answerSchema = z.object({
  status: z.string(),
  aheadOfYou: z.int().nonnegative(),
  pollAfterMs: z.int().positive(),
})

/**
 * P16: the running queue service tells somebody at every place of a queue when to ask again; the whole wait, which takes
 * hours at the rate of a queue nobody has configured, is then simulated with these answers and with fixed polling.
 */
export async function pollsPerPerson(deps: QueueDeps): Promise<Findings> {
  const { options, redis, say } = deps
  say('P16: what the queue service tells each place')
  const { batchSize, intervalMs } = defaultQueueConfig
  const perSecond = (batchSize * 1_000) / intervalMs
  const scheduleId = await deps.newSchedule()
  await prepareQueue(redis, scheduleId)
  const told = await fillEveryPlace(deps, scheduleId, options.waiting)
  const advised = simulatePolls(options.waiting, perSecond, (ahead) => told[ahead] ?? fixedMs)
  const fixed = simulatePolls(options.waiting, perSecond, () => fixedMs)
  const ratio = advised.pollsPerPerson / fixed.pollsPerPerson
  const seconds = (ms: number) => (ms / 1_000).toFixed(1)
  return {
    findings: [{ ...atMost(pollsPerPersonMeasures.ratio, ratio, 0.25, ''), reached: `1/${(1 / ratio).toFixed(2)}` }],
    loads: [],
    notes: [
      `P16 is simulated over the service's answers: ${options.waiting.toLocaleString('en')} people at ${perSecond}/s poll ${advised.pollsPerPerson.toFixed(0)} times as told, ` +
        `${fixed.pollsPerPerson.toFixed(0)} times each 5 s; they notice their turn after ${seconds(advised.noticedAfterMs.p50)} s (p50), ` +
        `${seconds(advised.noticedAfterMs.p95)} s (p95), fixed ${seconds(fixed.noticedAfterMs.p50)} s and ${seconds(fixed.noticedAfterMs.p95)} s`,
    ],
  }
}

/**
 * Lets people enter until each place has been taken by somebody, and gives what each place was told, by the number ahead.
 * Entering and not asking, because who asks before the time told is only told how long is left of it.
 */
async function fillEveryPlace(deps: QueueDeps, scheduleId: string, places: number): Promise<number[]> {
  const pool = new Pool(deps.queueUrl, { connections: enteringAtOnce })
  const told: number[] = new Array(places)
  let comers = 0
  let isFilled = false
  const lane = async () => {
    for (; !isFilled && comers < places * comersPerPlaceMax; comers += 1) {
      const answer = await enter(pool, deps.asGateway(randomUUID()), scheduleId)
      if (answer.status === 'WAITING' && answer.aheadOfYou < places) told[answer.aheadOfYou] = answer.pollAfterMs
      isFilled ||= answer.aheadOfYou >= places - 1
    }
  }
  try {
    await Promise.all(Array.from({ length: enteringAtOnce }, lane))
  } finally {
    await pool.close()
  }
  return withoutGaps(told)
}

async function enter(pool: Pool, identity: Record<string, string>, scheduleId: string) {
  const headers = { ...identity, 'content-type': 'application/json' }
  const request = { path: '/queue/enter', method: 'POST', headers, body: JSON.stringify({ scheduleId }) } as const
  const { statusCode, body } = await pool.request(request)
  const answer = await body.json()
  if (statusCode !== 200) throw new Error(`the queue service answered ${statusCode} ${JSON.stringify(answer)}`)
  return answerSchema.parse(answer)
}

/** A place that nobody took because the line moved at that moment is told the same as its neighbour. */
function withoutGaps(told: number[]): number[] {
  const first = told.find((pollAfterMs) => pollAfterMs !== undefined)
  if (first === undefined) throw new Error('Nobody was told to wait.')
  told[0] ??= first
  for (let ahead = 1; ahead < told.length; ahead += 1) told[ahead] ??= told[ahead - 1] as number
  return told
}
