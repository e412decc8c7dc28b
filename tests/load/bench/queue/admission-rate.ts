import { setTimeout as pause } from 'node:timers/promises'
import { paceKey } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { fillQueue, prepareQueue } from '../people/fill-queue.ts'
import type { QueueDeps } from './queue-deps.ts'
import { type Replica, startReplica } from './queue-replica.ts'

/** What this part finds. */
export const admissionRateMeasures = {
  deviation: { id: 'P5', what: 'admission rate over 60 s, 3 replicas ticking, deviation', target: '≤ 1 %' },
} as const

const ratePerSecond = 100
const furtherReplicas = 2
const settleSeconds = 3

interface Sample {
  readonly atMs: number
  readonly admitted: number
}

/** P5, second half: what Redis has admitted over its own time, with the system's queue service and two further replicas. */
export async function admissionRate(deps: QueueDeps): Promise<Findings> {
  const { options, redis, say } = deps
  say(`P5: ${furtherReplicas + 1} replicas admit ${ratePerSecond}/s for ${options.rateSeconds} s`)
  const replicas: Replica[] = []
  try {
    for (let count = 0; count < furtherReplicas; count += 1) replicas.push(await startReplica(deps))
    const scheduleId = await deps.newSchedule()
    const people = ratePerSecond * (options.rateSeconds + 2 * settleSeconds + 2)
    await prepareQueue(redis, scheduleId, { batchSize: ratePerSecond, intervalMs: 1_000 })
    await fillQueue(redis, scheduleId, people)
    await pause(settleSeconds * 1_000)
    const samples = [await readSample(redis, scheduleId)]
    for (let second = 0; second < options.rateSeconds; second += 1) {
      await pause(1_000)
      samples.push(await readSample(redis, scheduleId))
    }
    return judge(samples)
  } finally {
    await Promise.all(replicas.map((replica) => replica.stop()))
  }
}

async function readSample(redis: RedisClient, scheduleId: string): Promise<Sample> {
  const answers = await redis.client.multi().time().hget(paceKey(scheduleId), 'admittedTotal').exec()
  const [seconds, microseconds] = (answers?.[0]?.[1] ?? []) as (string | number)[]
  return { atMs: Number(seconds) * 1_000 + Number(microseconds) / 1_000, admitted: Number(answers?.[1]?.[1]) }
}

function judge(samples: readonly Sample[]): Findings {
  const rates = samples.slice(1).map((sample, index) => rateBetween(samples[index] as Sample, sample))
  const whole = rateBetween(samples[0] as Sample, samples.at(-1) as Sample)
  const deviation = (100 * Math.abs(whole - ratePerSecond)) / ratePerSecond
  return {
    findings: [atMost(admissionRateMeasures.deviation, deviation, 1, '%')],
    loads: [],
    notes: [
      `P5: ${whole.toFixed(2)}/s of ${ratePerSecond}/s admitted; single seconds between ${Math.min(...rates).toFixed(0)} and ${Math.max(...rates).toFixed(0)}/s`,
    ],
  }
}

const rateBetween = (from: Sample, to: Sample) => ((to.admitted - from.admitted) * 1_000) / (to.atMs - from.atMs)
