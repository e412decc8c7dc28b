import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { openBooks } from '../invariants/books.ts'
import { type CrowdOptions, readOptions, usage } from './crowd/options.ts'
import { reportBooks, reportPeople } from './crowd/report.ts'
import { progressBars, runCrowd } from './crowd/run-crowd.ts'

const systemSchema = z.object({
  gatewayUrl: z.url(),
  sandboxUrl: z.url(),
  databaseUrl: z.string(),
  redisUrl: z.string(),
  demo: z.object({ events: z.array(z.object({ key: z.string(), title: z.string(), scheduleId: z.uuid() })) }),
})

const root = dirname(dirname(import.meta.dirname))
const settleTimeoutMs = 60_000

try {
  process.exitCode = await main(readOptions(process.argv.slice(2)))
} catch (error) {
  console.error(`\n  ${error instanceof Error ? error.message : String(error)}\n\n${usage}\n`)
  process.exitCode = 2
}
process.exit()

/** 0: all is well; 1: an invariant is broken or somebody's road failed. */
async function main(options: CrowdOptions): Promise<number> {
  const file = options.systemFile ?? join(process.env['STACK_DIRECTORY'] ?? join(root, '.stack', 'dev'), 'system.json')
  if (!existsSync(file)) throw new Error(`No running system is known (${file}): start one with npm start.`)
  const system = systemSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const demo = system.demo.events.find((event) => event.key === 'onSale')
  const scheduleId = options.scheduleId ?? demo?.scheduleId
  if (scheduleId === undefined) throw new Error('There is no demo event on sale: name a schedule with --schedule.')
  await mustAnswer(system.gatewayUrl)
  console.log(`\n  ${options.buyers} people want tickets of schedule ${scheduleId} (${options.atOnce} at once)\n`)
  const books = openBooks({ ...system, redisKeyPrefix: '' })
  try {
    const address = { ...system, scheduleId, settleTimeoutMs }
    const result = await runCrowd(options, address, books, progressBars(options.buyers))
    console.log(`\n${reportPeople(result.measures, result.seconds)}\n`)
    console.log(reportBooks(result.books))
    const broken = result.books.filter((rule) => rule.violations.length > 0).length
    const failed = result.measures.endings.get('failed') ?? 0
    console.log(
      broken === 0 ? '\n  The books balance.\n' : `\n  ${broken} invariants are broken: the rows are named above.\n`,
    )
    return broken === 0 && failed === 0 ? 0 : 1
  } finally {
    await books.close()
  }
}

async function mustAnswer(gatewayUrl: string): Promise<void> {
  try {
    await fetch(`${gatewayUrl}/auth/terms`, { signal: AbortSignal.timeout(5_000) })
  } catch {
    throw new Error(`Nothing answers at ${gatewayUrl}: start the system with npm start.`)
  }
}
