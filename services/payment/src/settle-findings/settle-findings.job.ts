import { type Job, type Log, type Metrics, startJob } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { Gauge } from 'prom-client'
import { differences } from '../domain/compare-payment.ts'
import type { Database } from '../store/database.ts'
import { type SettleFindingsDeps, settleFindings } from './settle-findings.ts'

const everyMs = 5_000

/** Looks for due findings each five seconds on every replica: they share the rows. */
export function settleFindingsJob(deps: SettleFindingsDeps & { readonly log: Log; readonly metrics: Metrics }): Job {
  const count = countFindings(deps)
  const run = async () => {
    await settleFindings(deps)
    await count()
  }
  return startJob({ name: 'settle-findings', everyMs, log: deps.log, run })
}

/** Registers the figure of open findings, above 0 a person's business, and gives what reads it. */
export function countFindings({ db, metrics }: { db: Kysely<Database>; metrics: Metrics }): () => Promise<void> {
  const open = new Gauge({
    name: 'payment_findings_open',
    help: "Payments of which PortOne's books and ours say different things.",
    labelNames: ['difference'],
    registers: [metrics],
  })
  return async () => {
    const rows = await db
      .selectFrom('comparison_findings')
      .select((row) => ['kind', row.fn.countAll<number>().as('count')])
      .where('settled_at', 'is', null)
      .groupBy('kind')
      .execute()
    const counts = new Map(rows.map((row) => [row.kind, Number(row.count)]))
    for (const difference of differences) open.set({ difference }, counts.get(difference) ?? 0)
  }
}
