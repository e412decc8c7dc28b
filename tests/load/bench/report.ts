import { drawTable } from '@ticket-queue/scripts/draw-table'
import { reportBooks } from '../crowd/report.ts'
import type { Bench, Findings } from './findings.ts'
import type { LoadResult } from './load/job.ts'
import type { Percentiles } from './load/percentiles.ts'
import type { Machine } from './machine/measure-machine.ts'

const whole = (value: number) => Math.round(value).toLocaleString('en')
const ms = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(value < 10 ? 2 : 1))
const timesOf = (latency: Percentiles) =>
  [latency.p50, latency.p75, latency.p90, latency.p95, latency.p99, latency.p999, latency.max].map(ms)
const timesHead = ['p50 ms', 'p75', 'p90', 'p95', 'p99', 'p99.9', 'max']

/** All benches with what each measures and is to reach. */
export function listBenches(benches: readonly Bench[]): string {
  const rows = benches.flatMap(({ name, measures }) =>
    measures.map(({ id, what, target }, index) => [index === 0 ? name : '', id, what, target]),
  )
  return drawTable(['bench', '', 'what it measures', 'target'], rows)
}

/** What the machine gives just now. */
export function reportMachine(machine: Machine): string {
  const { bareFastify, minimalProxy, commits, commitsOfOneConnection } = machine
  const row = (name: string, what: string, perSecond: number, latency: Percentiles) => [
    name,
    what,
    whole(perSecond),
    ...timesOf(latency),
  ]
  const busy = machine.loadAverage > machine.cores / 2
  return [
    `  ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`,
    `  load average before: ${machine.loadAverage}${busy ? '  ← others are working here: the figures mean little' : ''}`,
    '',
    drawTable(
      ['', 'bare program', 'per second', ...timesHead],
      [
        row('F', 'Fastify, fixed JSON', bareFastify.grantedPerSecond, bareFastify.latencyMs),
        row('G', 'minimal proxy to one Lua', minimalProxy.grantedPerSecond, minimalProxy.latencyMs),
        row('D', `commits of 3 inserts, ${commits.connections} connections`, commits.perSecond, commits.latencyMs),
        row('', 'commits, 1 connection', commitsOfOneConnection.perSecond, commitsOfOneConnection.latencyMs),
      ],
    ),
  ].join('\n')
}

/** Targets, loads, notes and invariants of one run. */
export function reportFindings({ findings, loads, notes, books }: Findings): string {
  const mark = (met: boolean | null) => (met === null ? '·' : met ? '✓' : '✗')
  const targets = findings.map((one) => [mark(one.met), one.id, one.what, one.target, one.wanted, one.reached])
  return [
    ...(targets.length === 0 ? [] : [drawTable(['', '', 'what', 'target', 'here', 'reached'], targets)]),
    ...(loads.length === 0 ? [] : ['', reportLoads(loads)]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `  · ${note}`)]),
    ...(books === undefined ? [] : ['', reportBooks(books)]),
  ].join('\n')
}

function reportLoads(loads: readonly LoadResult[]): string {
  const rows = loads.map((load) => {
    const all = load.granted + load.refused + load.failed
    return [
      load.name,
      load.intendedPerSecond === null ? load.loop : `open, ${whole(load.intendedPerSecond)}/s`,
      whole(load.grantedPerSecond),
      whole(load.granted),
      whole(load.refused),
      whole(load.failed),
      all === 0 ? '–' : `${((100 * load.failed) / all).toFixed(2)} %`,
      load.intendedPerSecond === null ? '–' : whole(load.dropped),
      ...timesOf(load.latencyMs),
    ]
  })
  const head = ['load', 'loop', 'granted/s', 'granted', 'refused', 'failed', 'errors', 'dropped', ...timesHead]
  const reasons = loads.flatMap(({ name, statuses, failures, refused, failed }) =>
    refused + failed === 0 ? [] : [`  ${name}: ${JSON.stringify({ ...statuses, ...failures })}`],
  )
  return [drawTable(head, rows), ...reasons].join('\n')
}
