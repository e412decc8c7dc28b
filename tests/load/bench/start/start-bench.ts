import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { openBooks } from '../../../invariants/books.ts'
import { runCrowd } from '../../crowd/run-crowd.ts'
import type { Bench, BenchDeps, Findings } from '../findings.ts'
import { atMost } from '../judge.ts'
import { sharedOnceBytes } from '../processes.ts'
import { type RunningStart, runNpmStart } from './run-npm-start.ts'

const measures = {
  seconds: { id: 'P14', what: 'npm start, dependencies there, no data → first purchase possible', target: '≤ 12 s' },
  memory: { id: 'P14', what: 'memory (RSS) of all its processes, idle', target: '≤ 1.5 GB' },
} as const

const idleSeconds = 10
const settleTimeoutMs = 60_000
const gibibyte = 2 ** 30

/** P14: `npm start` from nothing to the first purchase possible, its memory at rest, one purchase as proof; and a second start. */
export const startBench: Bench = {
  name: 'start',
  measures: Object.values(measures),
  async run(deps) {
    // The stores of this run were for measuring the machine: idle beside the others they would cost memory and time.
    await deps.stack.stop()
    const directory = join(deps.directory, 'start')
    deps.say('npm start, first time')
    const first = await runNpmStart(deps.root, directory)
    let findings: Omit<Findings, 'notes'> & { notes: string[] }
    try {
      findings = await measureFirst(deps, first)
    } finally {
      await first.stop()
    }
    deps.say('npm start, second time')
    const second = await runNpmStart(deps.root, directory)
    await second.stop()
    findings.notes.push(`P14: a later start, with the data there, took ${second.seconds.toFixed(1)} s`)
    return findings
  },
}

async function measureFirst({ say }: BenchDeps, start: RunningStart) {
  say(`first purchase possible after ${start.seconds.toFixed(1)} s; resting ${idleSeconds} s`)
  await pause(idleSeconds * 1_000)
  const processes = start.processes()
  const sharedOnce = sharedOnceBytes(processes)
  const rssBytes = processes.reduce((sum, one) => sum + one.rssBytes, 0)
  say('one person buys')
  const books = openBooks({ ...start.facts, redisKeyPrefix: '' })
  try {
    const address = { ...start.facts, scheduleId: start.scheduleId, settleTimeoutMs }
    const one = { buyers: 1, failPaymentsShare: 0, abandonShare: 0, atOnce: 1 }
    const bought = await runCrowd(one, address, books)
    const isBought = bought.measures.endings.get('confirmed') === 1
    return {
      findings: [
        atMost(measures.seconds, start.seconds, 12, 's'),
        atMost(measures.memory, rssBytes / gibibyte, 1.5, 'GB'),
      ],
      loads: [],
      notes: [
        `P14: the purchase afterwards ${isBought ? 'was confirmed' : 'FAILED'} after ${bought.seconds.toFixed(1)} s: ${[...bought.measures.details.keys()].join('; ') || 'ticket issued'}`,
        `P14: memory by process (pages that processes share are counted for each): ${memoryByProgram(processes)}`,
        ...(sharedOnce === null
          ? []
          : [`P14: with shared pages counted once: ${(sharedOnce / gibibyte).toFixed(2)} GB`]),
      ],
      books: bought.books,
    }
  } finally {
    await books.close()
  }
}

/** What runs under a command line, in a word. */
function programOf(command: string): string {
  const service = /services\/([a-z]+)\/src\/main\.ts/.exec(command)?.[1]
  if (service !== undefined) return service
  if (command.includes('kafka.Kafka')) return 'kafka'
  if (command.includes('redis-server')) return 'redis'
  if (/postgres/.test(command)) return 'postgres'
  if (command.includes('keeper.main.ts')) return 'keeper'
  return 'npm and scripts'
}

function memoryByProgram(processes: ReturnType<RunningStart['processes']>): string {
  const sums = new Map<string, { bytes: number; count: number }>()
  for (const { command, rssBytes } of processes) {
    const name = programOf(command)
    const sum = sums.get(name) ?? { bytes: 0, count: 0 }
    sums.set(name, { bytes: sum.bytes + rssBytes, count: sum.count + 1 })
  }
  return [...sums]
    .toSorted(([, a], [, b]) => b.bytes - a.bytes)
    .map(([name, { bytes, count }]) => `${name}${count > 1 ? ` (${count})` : ''} ${Math.round(bytes / 2 ** 20)} MB`)
    .join(', ')
}
