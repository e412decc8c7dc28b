import { createDatabase } from '@ticket-queue/database'
import { sql } from 'kysely'
import { type Percentiles, percentilesOf } from '../load/percentiles.ts'
import { answerParent, inputOfParent } from '../program.ts'

export interface CommitsInput {
  readonly databaseUrl: string
  readonly connections: number
  readonly warmUpSeconds: number
  readonly seconds: number
}

export interface CommitsResult {
  readonly connections: number
  readonly perSecond: number
  readonly latencyMs: Percentiles
}

// D: what PostgreSQL gives: commits of three inserts. Each goes as one message, so that the database is measured and not its driver.
const input = inputOfParent<CommitsInput>()
const { db, close } = createDatabase({ url: input.databaseUrl, poolMax: input.connections, applicationName: 'bench' })
const tables = ['bench_machine.orders', 'bench_machine.lines', 'bench_machine.events']
await sql.raw('DROP SCHEMA IF EXISTS bench_machine CASCADE; CREATE SCHEMA bench_machine').execute(db)
for (const table of tables) {
  await sql
    .raw(`CREATE TABLE ${table} (id uuid DEFAULT uuidv7() PRIMARY KEY, owner uuid, body jsonb, at timestamptz)`)
    .execute(db)
}
const inserts = tables
  .map((table) => `INSERT INTO ${table} (owner, body, at) VALUES (uuidv4(), '{"amount": 165000, "seats": 2}', now())`)
  .join('; ')
const commit = sql.raw(`BEGIN; ${inserts}; COMMIT`)

const beginAt = performance.now() + input.warmUpSeconds * 1_000
const endAt = beginAt + input.seconds * 1_000
const latenciesMs: number[] = []
const lane = async () => {
  for (let startedAt = performance.now(); startedAt < endAt; ) {
    await commit.execute(db)
    const endedAt = performance.now()
    if (startedAt >= beginAt && endedAt < endAt) latenciesMs.push(endedAt - startedAt)
    startedAt = endedAt
  }
}
await Promise.all(Array.from({ length: input.connections }, lane))
await sql.raw('DROP SCHEMA bench_machine CASCADE').execute(db)
await close()
const result: CommitsResult = {
  connections: input.connections,
  perSecond: latenciesMs.length / input.seconds,
  latencyMs: percentilesOf(latenciesMs),
}
answerParent(result)
