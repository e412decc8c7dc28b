import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { admitBatch, queueKey, queueTokenMs } from '@ticket-queue/lua/queue'
import { createRedis, type RedisClient } from '@ticket-queue/redis'
import { z } from 'zod'
import type { Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { percentilesOf } from '../load/percentiles.ts'
import { fillQueue, prepareQueue } from '../people/fill-queue.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const admissionScriptMeasures = {
  median: { id: 'P5', what: 'admitting 100 of 1 M who wait, one script, median', target: '≤ 1 ms' },
} as const

const batchSize = 100
const intervalMs = 100
const rounds = 50
/** Far less than an admission takes: told to hold every command, the log would hold those in the script too, at the script's cost. */
const slowLogFromUs = 100
const connectionName = 'bench-admission'
/** A queue that no replica knows of, so that nobody else admits from it. */
const keyPrefix = 'bench-long:'
const bareLua = readFileSync(new URL('./take-from-front.lua', import.meta.url), 'utf8')

/** P5, first half: how long Redis is busy with one admission, by its own clock, with a long queue. */
export async function admissionScript({ options, stack, redis, say }: QueueDeps): Promise<Findings> {
  say(`P5: putting ${options.longQueue.toLocaleString('en')} people into a queue of its own`)
  const own = createRedis({ url: stack.redisUrl, keyPrefix, connectionName, commandTimeoutMs: 60_000 })
  const scheduleId = randomUUID()
  try {
    await prepareQueue(own, scheduleId, { batchSize, intervalMs })
    await fillQueue(own, scheduleId, options.longQueue)
    say('P5: admitting by the hundred')
    const { busyMs, roundTripMs } = await timed(redis, async () => {
      const { admitted } = await admitBatch(own, scheduleId)
      return admitted.length === batchSize
    })
    const bare = await timed(redis, async () => {
      const tokens = Array.from({ length: batchSize }, () => randomUUID())
      await own.client.eval(bareLua, 1, queueKey(scheduleId), queueTokenMs, ...tokens)
      return true
    })
    const busy = percentilesOf(busyMs)
    const round = percentilesOf(roundTripMs)
    return {
      findings: [atMost(admissionScriptMeasures.median, busy.p50, 1, 'ms')],
      loads: [],
      notes: [
        `P5: Redis was busy ${busy.p50.toFixed(2)} ms (p50), ${busy.p95.toFixed(2)} (p95), ${busy.max.toFixed(2)} (max) for each of ` +
          `${busyMs.length} × ${batchSize} people of ${options.longQueue.toLocaleString('en')}; the caller saw ${round.p50.toFixed(2)} ms (p50), ${round.max.toFixed(2)} (max)`,
        `P5: a bare script that only takes as many from the same queue and writes a token for each: ${percentilesOf(bare.busyMs).p50.toFixed(2)} ms (p50)`,
      ],
    }
  } finally {
    await own.close()
  }
}

/** Does `admit` again and again; gives how long Redis was busy with each, and how long each took that admitted all it should. */
async function timed(redis: RedisClient, admit: () => Promise<boolean>) {
  const known = await redis.client.config('GET', 'slowlog-*')
  await redis.client.config('SET', 'slowlog-max-len', '20000')
  await redis.client.config('SET', 'slowlog-log-slower-than', String(slowLogFromUs))
  await redis.client.slowlog('RESET')
  const roundTripMs: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    // A full batch is due again once an interval has passed.
    await pause(intervalMs + 5)
    const startedAt = performance.now()
    if (await admit()) roundTripMs.push(performance.now() - startedAt)
  }
  const busyMs = await readBusyMs(redis)
  for (const [name, value] of pairs(known)) await redis.client.config('SET', name, value)
  if (busyMs.length === 0 || roundTripMs.length === 0) throw new Error('No full batch was admitted.')
  return { busyMs, roundTripMs }
}

const entrySchema = z
  .tuple([z.number(), z.number(), z.number(), z.array(z.string()), z.string(), z.string()])
  .rest(z.unknown())

/** Redis' own measure of each admission: its slow log. */
async function readBusyMs(redis: RedisClient): Promise<number[]> {
  const entries = z.array(entrySchema).parse(await redis.client.slowlog('GET', 20_000))
  return entries.flatMap(([_id, _at, busyUs, [command], _address, client]) =>
    client === connectionName && /^eval/i.test(command ?? '') ? [busyUs / 1_000] : [],
  )
}

function pairs(flat: unknown): [string, string][] {
  const list = z.array(z.string()).parse(flat)
  return list.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, list[index + 1] ?? '']] : []))
}
