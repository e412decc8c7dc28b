import { type RedisClient, runExclusively } from '@ticket-queue/redis'
import { type Job, type Metrics, startJob } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { Gauge } from 'prom-client'
import type { Database } from '../store/database.ts'
import { missingTickets } from '../store/missing-tickets.ts'
import { type FindMissingTicketsDeps, findMissingTickets } from './find-missing-tickets.ts'

export type FindAsLeaderDeps = FindMissingTicketsDeps & { readonly redis: RedisClient }

const everyMs = 60_000
const lockMs = 30_000

/** A round each minute in one replica at a time, and its figures in each: also while there is none because a store or a service is away. */
export function findMissingTicketsJob(deps: FindAsLeaderDeps & { readonly metrics: Metrics }): Job {
  const count = countMissingTickets(deps)
  const run = (signal: AbortSignal) => findAsLeader(deps, signal).finally(count)
  return startJob({ name: 'find-missing-tickets', everyMs, log: deps.log, run })
}

/** A round unless another replica is at it. The lock saves double work; that nothing old is written is the place's doing. */
export const findAsLeader = (deps: FindAsLeaderDeps, stopping: AbortSignal) =>
  runExclusively(deps.redis, 'payment:find-missing-tickets', lockMs, (lost) =>
    findMissingTickets(deps, AbortSignal.any([lost, stopping])),
  )

/** Registers the figures of tickets that are missing, and of how far behind the search is, and gives what reads them. */
export function countMissingTickets({ db, metrics }: { db: Kysely<Database>; metrics: Metrics }): () => Promise<void> {
  const missing = new Gauge({
    name: 'payment_tickets_missing',
    help: "Payments whose money is kept without a ticket: above 0 a person's business.",
    registers: [metrics],
  })
  const age = new Gauge({
    name: 'payment_tickets_compared_age_seconds',
    help: 'How long ago the last payment was made of which it is known whether it has a ticket; 300 to 400 while the search keeps up.',
    registers: [metrics],
  })
  return async () => {
    const { rows } = await sql<{ count: number; age: number }>`
      SELECT (SELECT count(*)::int FROM (${missingTickets}) AS m) AS count,
        extract(epoch FROM now() - uuid_extract_timestamp(compared_until))::float8 AS age
      FROM ticket_comparison`.execute(db)
    const [row] = rows
    if (!row) throw new Error('the place of the search has no row')
    missing.set(row.count)
    age.set(row.age)
  }
}
