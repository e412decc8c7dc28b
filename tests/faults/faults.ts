import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { drawTable } from '@ticket-queue/scripts/draw-table'
import { removeAbandonedStacks, resetStack, startStack } from '@ticket-queue/stack'
import { openSystem } from '../system/open-system.ts'
import { killPurchases } from './kill-purchases.ts'
import type { Outage } from './outages.ts'
import { type PaymentFailpointName, paymentFailpointNames, paymentFailpoints } from './payment-failpoints.ts'
import { dyingSystem, openPurchaseWires } from './purchase-wires.ts'
import { dyingSettings, progressLine, reportKills } from './report-purchases.ts'
import { runOutage } from './run-outage.ts'

const root = dirname(dirname(import.meta.dirname))

const usage = `Usage: npm run faults                        lists what can be killed
       npm run faults -- payment [place …]    every named place of a purchase, or some, on a system of its own
       npm run faults -- holds                the places of a hold, as tests
       npm run faults -- outage kafka [300]   a store crashes for so many seconds (kafka, postgres) while people buy`

try {
  process.exitCode = await main(process.argv.slice(2).filter((argument) => argument !== '--'))
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = 2
}
process.exit()

/** 0: every rule holds; 1: one is broken, or a place was not passed. */
async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === 'payment') return killPayment(placesOf(rest))
  if (name === 'holds') return killHolds()
  if (name === 'outage') return runOutage(root, outageOf(rest))
  if (name !== undefined) throw new Error(`There are no faults "${name}": payment, holds, outage.`)
  const rows = paymentFailpointNames.map((one) => {
    const { process, plan, during } = paymentFailpoints[one]
    return [one, process, plan, during]
  })
  console.log(`\n${drawTable(['place', 'killed', 'the buyer', 'while'], rows)}\n\n${usage}\n`)
  return 0
}

/** One buyer comes each second, from half a minute before the crash until half a minute after the store may be back. */
function outageOf([store, seconds = store === 'postgres' ? '5' : '300']: readonly string[]): Outage {
  const awayMs = Number(seconds) * 1_000
  if (store !== 'kafka' && store !== 'postgres') throw new Error('Say which store: kafka or postgres.')
  if (!(awayMs >= 1_000 && awayMs <= 600_000)) throw new Error('A store is away for 1 to 600 seconds.')
  return { store, awayMs, everyMs: 1_000, aroundMs: 30_000 }
}

function placesOf(asked: readonly string[]): PaymentFailpointName[] {
  const isPlace = (text: string): text is PaymentFailpointName => text in paymentFailpoints
  const unknown = asked.find((text) => !isPlace(text))
  if (unknown !== undefined) throw new Error(`There is no place "${unknown}": npm run faults lists them.`)
  return asked.length === 0 ? paymentFailpointNames : asked.filter(isPlace)
}

async function killPayment(places: readonly PaymentFailpointName[]): Promise<number> {
  const stacks = join(root, '.stack')
  const directory = join(stacks, `faults-${process.pid}`)
  mkdirSync(directory, { recursive: true })
  await removeAbandonedStacks(stacks, 'faults-')
  console.log('\n  Starting stores and a system of its own …\n')
  const stack = await startStack({ directory, durable: false })
  const { databaseUrl: ownerUrl, redisUrl, kafkaBrokers } = stack
  const wires = await openPurchaseWires()
  const { environmentFor } = wires
  let allHold = false
  try {
    const stores = { root, directory, ownerUrl, redisUrl, kafkaBrokers, prefix: '' }
    const system = await openSystem({ ...stores, settings: dyingSettings, environmentFor })
    try {
      let done = 0
      const report = await killPurchases(dyingSystem(system, wires), places, (killed) => {
        done += 1
        console.log(progressLine(killed, `${done}/${places.length}`))
      })
      console.log(`\n${reportKills(report)}\n`)
      const broken = report.rules.filter((rule) => rule.violations.length > 0)
      allHold = broken.length === 0
      console.log(allHold ? '  Every rule holds.\n' : `  ${broken.length} rules are broken.\n`)
      return allHold ? 0 : 1
    } finally {
      await system.close()
    }
  } finally {
    await wires.close()
    await stack.stop()
    await resetStack(directory)
    if (allHold) rmSync(directory, { recursive: true, force: true })
    else console.error(`  The logs of this run are kept: ${directory}\n`)
  }
}

function killHolds(): number {
  const run = spawnSync('vitest', ['run', 'tests/faults/killed-holds.test.ts'], { cwd: root, stdio: 'inherit' })
  return run.status ?? 1
}
