import { createDatabase, type Database, roleUrl, serviceRoles } from '@ticket-queue/database'
import { testDatabase } from '@ticket-queue/testing'
import { type Kysely, sql } from 'kysely'
import { afterAll } from 'vitest'

export type Service = keyof typeof serviceRoles
type Untyped = Record<never, never>

export const services = Object.keys(serviceRoles) as Service[]

export interface TestRoles {
  readonly owner: Kysely<Untyped>
  readonly ownerUrl: string
  /** One migrated database, opened as each service's role. */
  readonly as: Record<Service, Kysely<Untyped>>
}

/** A database of its own for the test file, opened as the owner and as every role; closed after the file's tests. */
export const testRoles = async (): Promise<TestRoles> => {
  const { ownerUrl } = await testDatabase('user')
  const opened: Database<Untyped>[] = []
  const open = (url: string) => {
    const database = createDatabase<Untyped>({ url, poolMax: 4 })
    opened.push(database)
    return database.db
  }
  const openAs = (service: Service) => open(roleUrl(ownerUrl, serviceRoles[service]))
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()))
  })
  return {
    owner: open(ownerUrl),
    ownerUrl,
    as: {
      user: openAs('user'),
      event: openAs('event'),
      queue: openAs('queue'),
      reservation: openAs('reservation'),
      payment: openAs('payment'),
    },
  }
}

/** Runs one statement and gives its SQLSTATE if the server refused it, else the number of rows it gave or changed. */
export const outcomeOf = async (db: Kysely<Untyped>, statement: string): Promise<string | number> => {
  try {
    const { rows, numAffectedRows } = await sql.raw(statement).execute(db)
    return Number(numAffectedRows ?? rows.length)
  } catch (error) {
    if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
    throw error
  }
}

/** The names of the tables of a schema, with the schema. */
export const tablesOf = async (db: Kysely<Untyped>, schema: string): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = ${schema} ORDER BY 1`.execute(
    db,
  )
  return rows.map((row) => row.name)
}
