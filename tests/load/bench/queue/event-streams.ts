import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { defaultQueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { Findings } from '../findings.ts'
import { atMost, notMeasured } from '../judge.ts'
import { fillQueue } from '../people/fill-queue.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import { readProcesses } from '../processes.ts'
import { startProgram } from '../program.ts'
import type { OpenStreamsInput, StreamRound, StreamRounds, StreamsOpened } from './open-streams.main.ts'
import type { QueueDeps } from './queue-deps.ts'
import { startReplica } from './queue-replica.ts'

/** What this part finds. */
export const eventStreamsMeasures = {
  open: { id: 'P4', what: 'event streams open on one queue process that were refused', target: '0 of 20,000' },
  memory: { id: 'P4', what: 'memory of one open stream', target: '≤ 12 KB' },
  round: { id: 'P4', what: 'one round of positions to all', target: '≤ 1 s' },
} as const

const openTimeoutMs = 180_000
const roundTimeoutMs = 30_000
const rounds = 5
/** Until memory has settled. */
const restMs = 2_500
const config = { ...defaultQueueConfig, capacity: 10_000_000 }
/** Open files that both processes need for other things. */
const otherFiles = 300

/** P4: holds streams open on the queue service and waits until each has had news, several times; says so while there are none. */
export async function eventStreams(deps: QueueDeps): Promise<Findings> {
  const { open, memory, round } = eventStreamsMeasures
  if (!(await hasStreams(deps.queueUrl))) {
    const findings = [open, memory, round].map((measured) => notMeasured(measured, 'not there yet'))
    return { findings, loads: [], notes: ['P4: GET /queue/stream is not there yet: an open item, not counted'] }
  }
  const count = Math.min(deps.options.streams, openFilesMax() - otherFiles)
  deps.say(`P4: opening ${count.toLocaleString('en')} event streams`)
  const scheduleId = await deps.newSchedule()
  await writeQueueConfig(deps.redis, scheduleId, { ...config, paused: true })
  const { people } = await fillQueue(deps.redis, scheduleId, count)
  const ownPartsFile = join(deps.directory, 'stream-requests.jsonl')
  writeOwnParts(ownPartsFile, people, (userId) => ({ headers: deps.asGateway(userId) }))
  // A process of its own, because the memory of one that has been under load grows and shrinks for other reasons.
  const replica = await startReplica(deps)
  try {
    await pause(restMs)
    const before = memoryOf(replica.pid)
    const path = `/queue/stream?scheduleId=${scheduleId}`
    const { redisUrl } = deps.stack
    const input = { port: replica.port, path, ownPartsFile, rounds, roundTimeoutMs, redisUrl, scheduleId, config }
    const program = await openStreams(input)
    try {
      await pause(restMs)
      const kilobytes = (memoryOf(replica.pid) - before) / 1_024 / Math.max(1, program.answer.opened)
      const told = await program.next<StreamRounds>(rounds * (roundTimeoutMs + 5_000) + 10_000)
      return judge(count, program.answer, kilobytes, told.rounds)
    } finally {
      await program.stop()
    }
  } finally {
    await replica.stop()
  }
}

const openStreams = (input: OpenStreamsInput) =>
  startProgram<StreamsOpened>(new URL('./open-streams.main.ts', import.meta.url), input, openTimeoutMs)

function judge(
  count: number,
  { opened, refused }: StreamsOpened,
  kilobytes: number,
  all: readonly StreamRound[],
): Findings {
  const { open, memory, round } = eventStreamsMeasures
  const lost = all.some((one) => one.reached < one.open)
  const worstSeconds = lost ? roundTimeoutMs / 1_000 : Math.max(...all.map(({ ms }) => ms / 1_000))
  const shown = all.map((one) => `${(one.ms / 1_000).toFixed(2)} s to ${one.reached} of ${one.open}`).join(', ')
  return {
    findings: [
      atMost(open, refused, 0, 'refused'),
      atMost(memory, kilobytes, 12, 'KB'),
      atMost(round, worstSeconds, 1, 's'),
    ],
    loads: [],
    notes: [`P4: ${opened.toLocaleString('en')} of ${count.toLocaleString('en')} streams open; rounds: ${shown}`],
  }
}

async function hasStreams(queueUrl: string): Promise<boolean> {
  const answer = await fetch(`${queueUrl}/openapi.json`, { signal: AbortSignal.timeout(10_000) })
  const document = (await answer.json()) as { paths?: Record<string, unknown> }
  return Object.hasOwn(document.paths ?? {}, '/queue/stream')
}

function memoryOf(pid: number): number {
  const found = readProcesses().find((one) => one.pid === pid)
  if (found === undefined) throw new Error('The queue service is not running.')
  return found.rssBytes
}

function openFilesMax(): number {
  const text = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}
