import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testDatabase } from './test-database.ts'

type NoTables = Record<never, never>

const one = await testDatabase<NoTables>('user')
const other = await testDatabase<NoTables>('payment')

test('each call gives a database of its own, opened as the role of the service', async () => {
  const [mine, theirs] = await Promise.all(
    [one, other].map(async ({ database }) => {
      const { rows } = await sql<{ name: string; role: string }>`
        SELECT current_database() AS name, current_user AS role`.execute(database.db)
      return rows[0]
    }),
  )
  expect(mine?.role).toBe('user_svc_user')
  expect(theirs?.role).toBe('payment_svc_user')
  expect(mine?.name).not.toBe(theirs?.name)
})
