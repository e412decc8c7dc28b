import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { defaultQueueConfig, writeQueueConfig } from '@ticket-queue/lua/queue'
import type { Findings } from '../findings.ts'
import { atMost, notMeasured } from '../judge.ts'
import { fillQueue } from '../people/fill-queue.ts'
import { writeOwnParts } from '../people/mint-tokens.ts'
import { readProcesses } from '../processes.ts'
import { startProgram } from '../program.ts'
import type { OpenStreamsInput, StreamRounds, StreamsOpened } from './open-streams.main.ts'
import type { QueueDeps } from './queue-deps.ts'

/** What this part finds. */
export const eventStreamsMeasures = {
  open: { id: 'P4', what: 'event streams open on one queue process that were refused', target: '0 of 20,000' },
  memory: { id: 'P4', what: 'memory of one open stream', target: '≤ 12 KB' },
  round: { id: 'P4', what: 'one round of positions to all', target: '≤ 1 s' },
} as const

const openTimeoutMs = 180_000
const roundTimeoutMs = 30_000
const rounds = 5
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
  // Hardly anybody is admitted, so that streams have news only when the whole round does.
  const config = { ...defaultQueueConfig, capacity: 10_000_000, batchSize: 1, intervalMs: 60_000 }
  await writeQueueConfig(deps.redis, scheduleId, config)
  const people = await fillQueue(deps.redis, scheduleId, count)
  const ownPartsFile = join(deps.directory, 'stream-requests.jsonl')
  writeOwnParts(ownPartsFile, people, (userId) => ({ headers: deps.asGateway(userId) }))
  const input: OpenStreamsInput = {
    port: Number(new URL(deps.queueUrl).port),
    path: `/queue/stream?scheduleId=${scheduleId}`,
    ownPartsFile,
    rounds,
    roundTimeoutMs,
    redisUrl: deps.stack.redisUrl,
    scheduleId,
    config,
  }
  const before = memoryOfQueue(deps)
  const program = await startProgram<StreamsOpened>(
    new URL('./open-streams.main.ts', import.meta.url),
    input,
    openTimeoutMs,
  )
  try {
    const { opened, refused } = program.answer
    const told = program.next<StreamRounds>(rounds * (roundTimeoutMs + 5_000) + 10_000)
    const kilobytes = (memoryOfQueue(deps) - before) / 1_024 / Math.max(1, opened)
    const all = (await told).rounds
    const worstSeconds = Math.max(
      ...all.map(({ ms, reached }) => (reached === opened ? ms / 1_000 : roundTimeoutMs / 1_000)),
    )
    const shown = all.map(({ ms, reached }) => `${(ms / 1_000).toFixed(2)} s to ${reached}`).join(', ')
    return {
      findings: [
        atMost(open, refused, 0, 'refused'),
        atMost(memory, kilobytes, 12, 'KB'),
        atMost(round, worstSeconds, 1, 's'),
      ],
      loads: [],
      notes: [`P4: ${opened.toLocaleString('en')} of ${count.toLocaleString('en')} streams open; rounds: ${shown}`],
    }
  } finally {
    await program.stop()
  }
}

async function hasStreams(queueUrl: string): Promise<boolean> {
  const answer = await fetch(`${queueUrl}/openapi.json`, { signal: AbortSignal.timeout(10_000) })
  const document = (await answer.json()) as { paths?: Record<string, unknown> }
  return Object.hasOwn(document.paths ?? {}, '/queue/stream')
}

function memoryOfQueue({ system }: QueueDeps): number {
  const pid = system.processes.get('queue')?.pid()
  const found = readProcesses().find((one) => one.pid === pid)
  if (found === undefined) throw new Error('The queue service is not running.')
  return found.rssBytes
}

function openFilesMax(): number {
  const text = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
  return text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text)
}
