import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { removeAbandonedStacks, resetStack, startStack } from '@ticket-queue/stack'
import type { Bench, Finding, Findings } from './findings.ts'
import { type Machine, type MachineSettings, measureBareFastify, measureMachine } from './machine/measure-machine.ts'
import { type BenchOptions, defaultOptions } from './options.ts'
import { isRunning } from './processes.ts'
import { reportFindings, reportMachine } from './report.ts'

const machineSecondsMax = 10

/**
 * Measures the machine, runs one bench on stores of its own, prints and writes what was found, and measures F once more:
 * a machine that has changed meanwhile makes the ratios worthless. Gives whether every invariant held.
 */
export async function runBench(root: string, bench: Bench, options: BenchOptions): Promise<boolean> {
  const stacks = join(root, '.stack')
  const directory = join(stacks, `bench-${process.pid}`)
  const startedAt = new Date()
  const say = (step: string) => console.log(`  ${new Date().toTimeString().slice(0, 8)}  ${step}`)
  console.log(`\n── bench ${bench.name} ──\n`)
  await removeEarlierRuns(stacks)
  mkdirSync(directory, { recursive: true })
  say('starting stores of its own')
  const stack = await startStack({ directory, durable: true })
  const seconds = Math.min(options.seconds, machineSecondsMax)
  const settings: MachineSettings = { ...options, seconds, directory }
  let isDone = false
  try {
    say('measuring the machine: F, G, D')
    const machine = await measureMachine(stack, settings)
    console.log(`\n${reportMachine(machine)}\n`)
    const findings = await bench.run({ root, options, directory, stack, machine, say })
    say('measuring F again')
    const bareFastifyAfter = (await measureBareFastify(settings)).grantedPerSecond
    const drift = driftOf(machine, bareFastifyAfter)
    const notes = [...findings.notes, drift, ...smallerThanMeant(options)]
    const report: Findings = { ...findings, findings: inOrderOf(bench, findings), notes }
    console.log(`\n${reportFindings(report)}\n`)
    const file = join(stacks, 'bench', `${bench.name}-${startedAt.toISOString().replaceAll(/[:.]/g, '-')}.json`)
    writeReport(file, { name: bench.name, startedAt, options, machine, bareFastifyAfter, ...report })
    console.log(`  Written to ${file}\n`)
    isDone = true
    return (report.books ?? []).every((rule) => rule.violations.length === 0)
  } finally {
    await stack.stop()
    if (isDone) await removeRun(directory)
    else console.error(`\n  The logs of this run are kept until the next one: ${directory}`)
  }
}

async function removeRun(directory: string): Promise<void> {
  await resetStack(directory)
  rmSync(directory, { recursive: true, force: true })
}

/** What failed or killed runs have left. */
async function removeEarlierRuns(stacks: string): Promise<void> {
  mkdirSync(stacks, { recursive: true })
  await removeAbandonedStacks(stacks, 'bench-')
  for (const name of readdirSync(stacks)) {
    const pid = /^bench-(\d+)$/.exec(name)?.[1]
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(stacks, name), { recursive: true, force: true })
  }
}

/** As the list shows them, whatever the order of measuring. */
function inOrderOf({ measures }: Bench, { findings }: Findings): Findings['findings'] {
  const position = ({ id, what }: Finding) => measures.findIndex((one) => one.id === id && one.what === what)
  return findings.toSorted((a, b) => position(a) - position(b))
}

function smallerThanMeant(options: BenchOptions): string[] {
  const names = Object.entries(defaultOptions).flatMap(([name, value]) =>
    options[name as keyof BenchOptions] < value ? [name] : [],
  )
  return names.length === 0 ? [] : [`smaller than what the targets are meant for: ${names.join(', ')}`]
}

function driftOf(machine: Machine, after: number): string {
  const change = (100 * (after - machine.bareFastify.grantedPerSecond)) / machine.bareFastify.grantedPerSecond
  const sentence = `F after the run: ${Math.round(after).toLocaleString('en')}/s (${change >= 0 ? '+' : ''}${change.toFixed(0)} %)`
  return Math.abs(change) > 20 ? `${sentence}: the machine changed meanwhile, measure again` : sentence
}

function writeReport(file: string, report: object): void {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}
