import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { discardBroken } from './discard-broken.ts'

const int8Oid = 20
const int8ArrayOid = 1016

export interface DatabaseOptions {
  readonly url: string
  readonly poolMax?: number
  /** Shown in pg_stat_activity, so that an operator sees whose session it is. */
  readonly applicationName?: string
  /** Overrides the limit that the role carries. */
  readonly statementTimeoutMs?: number
  /** A connection whose server says nothing for so long is given up: a host that is gone ends none by itself. */
  readonly answerWithinMs?: number
  /** Told when a connection breaks, idle or in use; the pool replaces it by itself. */
  readonly onError?: (error: Error) => void
}

export interface Database<DB> {
  readonly db: Kysely<DB>
  /** Resolves if the database answers, rejects otherwise. */
  check(): Promise<void>
  /** Waits for running queries and closes every connection; may be called again. */
  close(): Promise<void>
}

/** For a service: longer than the 10 s that its role's statements may take (migrations/common/0001). */
export const serviceAnswerMs = 15_000

/** Opens a pool of at most `poolMax` (10) connections, none before the first query. `bigint` columns come back as numbers. */
export const createDatabase = <DB>(options: DatabaseOptions): Database<DB> => {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolMax ?? 10,
    application_name: options.applicationName ?? 'ticket-queue',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
    ...(options.statementTimeoutMs === undefined ? {} : { statement_timeout: options.statementTimeoutMs }),
    ...(options.answerWithinMs === undefined ? {} : { query_timeout: options.answerWithinMs }),
  })
  // Without a listener a broken connection ends the process: the pool listens to idle ones only, and passes that on.
  pool.on('connect', (client) => client.on('error', (error) => options.onError?.(error)))
  pool.on('error', () => undefined)
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: discardBroken(pool) }) })
  let closing: Promise<void> | undefined
  return {
    db,
    check: async () => {
      await sql`select 1`.execute(db)
    },
    close: () => {
      closing ??= db.destroy()
      return closing
    },
  }
}

/** The database's clock: the only one that decides anything. Inside a transaction it stands still at its start. */
export const databaseNow = async <DB>(db: Kysely<DB>): Promise<Date> => {
  const result = await sql<{ now: Date }>`select now()`.execute(db)
  const row = result.rows[0]
  if (row === undefined) throw new Error('select now() returned no row')
  return row.now
}

const toSafeInteger = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} does not fit a JavaScript number`)
  return value
}

const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (format === 'binary') return pg.types.getTypeParser(oid, format)
  if (oid === int8Oid) return toSafeInteger
  const parse = pg.types.getTypeParser(oid, 'text')
  if (oid !== int8ArrayOid) return parse
  return (text: string) => parse(text).map((item: string | null) => (item === null ? null : toSafeInteger(item)))
}
