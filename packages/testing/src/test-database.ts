import type { Database } from '@ticket-queue/database'
import { afterAll, inject } from 'vitest'

/** The services that own a schema. */
export type DatabaseService = 'user' | 'event' | 'queue' | 'reservation' | 'payment'

/** One test file's database. */
export interface TestDatabase<DB> {
  /** Connected as the service's role. */
  database: Database<DB>
  /** The role's URL, for a process of its own. */
  url: string
  /** The owner's URL to the same database, for what the role may not do. */
  ownerUrl: string
}

/**
 * A fresh, migrated database for this test file, opened as the service's role, and dropped after the file's tests:
 * `const { database } = await testDatabase<Database>('user')` at the top of the file.
 */
export async function testDatabase<DB>(service: DatabaseService): Promise<TestDatabase<DB>> {
  const stack = inject('stack')
  // Loaded here, so that the files that need no database do not load its driver.
  const [{ createDatabase, roleUrl }, { cloneTemplate, dropClone }, { v7 }] = await Promise.all([
    import('@ticket-queue/database'),
    import('./template-database.ts'),
    import('uuid'),
  ])
  const name = `test_${stack.runId}_${v7().slice(-12)}`
  const ownerUrl = await cloneTemplate(stack, name)
  const url = roleUrl(ownerUrl, `${service}_svc_user`)
  const database = createDatabase<DB>({ url, poolMax: 5, applicationName: `test-${service}` })
  afterAll(async () => {
    await database.close()
    await dropClone(stack, name)
  })
  return { database, url, ownerUrl }
}
