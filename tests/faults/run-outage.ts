import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { removeAbandonedStacks, resetStack, startStack } from '@ticket-queue/stack'
import { openSystem } from '../system/open-system.ts'
import { type Outage, type OutageReport, outage } from './outages.ts'
import { reportOutage } from './report-outage.ts'

/** Makes a store crash under a system of its own and tells what came of it. 0: every rule holds, all have tickets, drained in time. */
export async function runOutage(root: string, plan: Outage): Promise<number> {
  const stacks = join(root, '.stack')
  const directory = join(stacks, `faults-${process.pid}`)
  mkdirSync(directory, { recursive: true })
  await removeAbandonedStacks(stacks, 'faults-')
  console.log('\n  Starting stores and a system of its own …\n')
  // Durable, or PostgreSQL would not promise what it has acknowledged.
  const stack = await startStack({ directory })
  const { databaseUrl: ownerUrl, redisUrl, kafkaBrokers } = stack
  let holds = false
  try {
    const stores = { root, directory, ownerUrl, redisUrl, kafkaBrokers, prefix: '' }
    const system = await openSystem({ ...stores, settings: { FIRST_CHECK_SECONDS: '5', CHECK_CLAIM_SECONDS: '10' } })
    try {
      const begunAt = performance.now()
      const report = await outage(system, stack, plan, (line) =>
        console.log(`  ${((performance.now() - begunAt) / 1000).toFixed(0).padStart(4)} s  ${line}`),
      )
      console.log(`\n${reportOutage(plan, report)}\n`)
      holds = isAsItShouldBe(report)
      console.log(holds ? '  Every rule holds.\n' : '  Not all is as it should be: see above.\n')
      return holds ? 0 : 1
    } finally {
      await system.close()
    }
  } finally {
    await stack.stop()
    await resetStack(directory)
    if (holds) rmSync(directory, { recursive: true, force: true })
    else console.error(`  The logs of this run are kept: ${directory}\n`)
  }
}

const isAsItShouldBe = ({ buyers, measures, drainedMs, rules }: OutageReport): boolean =>
  drainedMs !== null &&
  measures.endings.get('confirmed') === buyers &&
  rules.every(({ violations }) => violations.length === 0)
