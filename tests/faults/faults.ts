import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { drawTable } from '@ticket-queue/scripts/draw-table'
import { removeAbandonedStacks, resetStack, startStack } from '@ticket-queue/stack'
import type { CheckedRule } from '../invariants/check-books.ts'
import { type OpenSystemOptions, openSystem } from '../system/open-system.ts'
import { callOff } from './call-off.ts'
import { killPurchases } from './kill-purchases.ts'
import { openBreaker, openBreakerSettings, reportOpenBreaker } from './open-breaker.ts'
import type { Outage } from './outages.ts'
import { type PaymentFailpointName, paymentFailpointNames, paymentFailpoints } from './payment-failpoints.ts'
import { dyingSystem, openPurchaseWires } from './purchase-wires.ts'
import { dyingSettings, progressLine, reportKills } from './report-purchases.ts'
import { runOutage } from './run-outage.ts'

const root = dirname(dirname(import.meta.dirname))

const ticketsMax = 10_000

const usage = `Usage: npm run faults                        lists what can be killed
       npm run faults -- payment [place …]    every named place of a purchase, or some, on a system of its own
       npm run faults -- holds                the places of a hold, as tests
       npm run faults -- open-breaker         how long the 503 takes while PortOne is away, and what becomes of who paid
       npm run faults -- cancelled-event [n]  a show of n tickets (1000) is called off, services are killed on the way
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
  if (name === 'open-breaker') return openBreakers()
  if (name === 'cancelled-event') return callOffShow(ticketsOf(rest))
  if (name !== undefined)
    throw new Error(`There are no faults "${name}": payment, holds, outage, open-breaker, cancelled-event.`)
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
  const wires = await openPurchaseWires()
  try {
    return await onOwnStores(async (stores) => {
      const { environmentFor } = wires
      const system = await openSystem({ ...stores, settings: dyingSettings, environmentFor })
      try {
        let done = 0
        const report = await killPurchases(dyingSystem(system, wires), places, (killed) => {
          done += 1
          console.log(progressLine(killed, `${done}/${places.length}`))
        })
        console.log(`\n${reportKills(report)}\n`)
        return report.rules
      } finally {
        await system.close()
      }
    })
  } finally {
    await wires.close()
  }
}

async function openBreakers(): Promise<number> {
  return onOwnStores(async (stores) => {
    const system = await openSystem({ ...stores, settings: openBreakerSettings })
    try {
      const report = await openBreaker(system, (line) => console.log(`  ${line}`))
      console.log(`\n${reportOpenBreaker(report)}\n`)
      return report.rules
    } finally {
      await system.close()
    }
  })
}

async function callOffShow(tickets: number): Promise<number> {
  return onOwnStores(async (stores) => {
    const system = await openSystem({ ...stores, settings: {} })
    try {
      const report = await callOff(system, tickets, (line) => console.log(`  ${line}`))
      return report.rules
    } finally {
      await system.close()
    }
  })
}

type Stores = Pick<OpenSystemOptions, 'root' | 'directory' | 'ownerUrl' | 'redisUrl' | 'kafkaBrokers' | 'prefix'>

/** Runs `work` on stores of its own, which end with it, and says whether every rule holds. */
async function onOwnStores(work: (stores: Stores) => Promise<readonly CheckedRule[]>): Promise<number> {
  const stacks = join(root, '.stack')
  const directory = join(stacks, `faults-${process.pid}`)
  mkdirSync(directory, { recursive: true })
  await removeAbandonedStacks(stacks, 'faults-')
  console.log('\n  Starting stores and a system of its own …\n')
  const stack = await startStack({ directory, durable: false })
  const { databaseUrl: ownerUrl, redisUrl, kafkaBrokers } = stack
  let allHold = false
  try {
    const rules = await work({ root, directory, ownerUrl, redisUrl, kafkaBrokers, prefix: '' })
    const broken = rules.filter((rule) => rule.violations.length > 0)
    allHold = broken.length === 0
    for (const rule of broken) console.log(`  ✗ ${rule.name}: ${rule.violations.slice(0, 5).join('; ')}`)
    console.log(allHold ? '  Every rule holds.\n' : `  ${broken.length} rules are broken.\n`)
    return allHold ? 0 : 1
  } finally {
    await stack.stop()
    await resetStack(directory)
    if (allHold) rmSync(directory, { recursive: true, force: true })
    else console.error(`  The logs of this run are kept: ${directory}\n`)
  }
}

function ticketsOf([text = '1000', ...more]: readonly string[]): number {
  const tickets = Number(text)
  if (more.length > 0 || !Number.isInteger(tickets) || tickets < 10 || tickets > ticketsMax) {
    throw new Error(`The number of tickets is from 10 to ${ticketsMax}.`)
  }
  return tickets
}

function killHolds(): number {
  const run = spawnSync('vitest', ['run', 'tests/faults/killed-holds.test.ts'], { cwd: root, stdio: 'inherit' })
  return run.status ?? 1
}
