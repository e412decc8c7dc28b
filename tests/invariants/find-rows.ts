import { sql } from 'kysely'
import type { Books } from './books.ts'
import type { Finding } from './rule.ts'

/** Rows of a query whose every row is a violation, with how many rows were examined. */
export async function findRows(books: Books, query: { broken: string; examined: string }): Promise<Finding> {
  const [broken, examined] = await Promise.all([
    sql.raw<{ what: string }>(query.broken).execute(books.database.db),
    sql.raw<{ count: number }>(query.examined).execute(books.database.db),
  ])
  return { examined: Number(examined.rows[0]?.count ?? 0), violations: broken.rows.map((row) => row.what) }
}
