import { defaultQueueConfig } from '@ticket-queue/lua/queue'
import { Pool } from 'undici'
import { z } from 'zod'
import type { Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { fillQueue, prepareQueue } from '../people/fill-queue.ts'
import type { QueueDeps } from './queue-deps.ts'
import { simulatePolls } from './simulate-polls.ts'

/** What this part finds. */
export const pollsPerPersonMeasures = {
  ratio: { id: 'P16', what: 'polls per person as told / with fixed 5 s', target: '≤ 1/4' },
} as const

const fixedMs = 5_000
const askedAtOnce = 32
const answerSchema = z.object({
  status: z.string(),
  aheadOfYou: z.int().nonnegative(),
  pollAfterMs: z.int().positive(),
})

/**
 * P16: the running queue service is asked for every place of a queue what it tells that place; the whole wait, which takes
 * hours at the rate of a queue nobody has configured, is then simulated with these answers and with fixed polling.
 */
export async function pollsPerPerson(deps: QueueDeps): Promise<Findings> {
  const { options, redis, say } = deps
  say('P16: asking the queue service what it tells each place')
  const { batchSize, intervalMs } = defaultQueueConfig
  const perSecond = (batchSize * 1_000) / intervalMs
  const scheduleId = await deps.newSchedule()
  await prepareQueue(redis, scheduleId)
  const people = await fillQueue(redis, scheduleId, options.waiting)
  const told = await askEverybody(deps, scheduleId, people)
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

/** What is told with so many ahead, by the number ahead; a place nobody had while asking is told the same as its neighbour. */
async function askEverybody(deps: QueueDeps, scheduleId: string, people: readonly string[]): Promise<number[]> {
  const pool = new Pool(deps.queueUrl, { connections: askedAtOnce })
  const told: number[] = new Array(people.length)
  const waiting = people.values()
  const lane = async () => {
    for (const userId of waiting) {
      const path = `/queue/status?scheduleId=${scheduleId}`
      const { statusCode, body } = await pool.request({ path, method: 'GET', headers: deps.asGateway(userId) })
      const answer = await body.json()
      if (statusCode !== 200) throw new Error(`the queue service answered ${statusCode} ${JSON.stringify(answer)}`)
      const { status, aheadOfYou, pollAfterMs } = answerSchema.parse(answer)
      // Who has been admitted meanwhile has no place to be told about.
      if (status === 'WAITING') told[aheadOfYou] = pollAfterMs
    }
  }
  try {
    await Promise.all(Array.from({ length: askedAtOnce }, lane))
  } finally {
    await pool.close()
  }
  const first = told.find((pollAfterMs) => pollAfterMs !== undefined)
  if (first === undefined) throw new Error('Nobody was told to wait.')
  told[0] ??= first
  for (let ahead = 1; ahead < told.length; ahead += 1) told[ahead] ??= told[ahead - 1] as number
  return told
}
