import { createDatabase, developmentPasswords, migrate } from '@ticket-queue/database'
import { migrationsDirectory } from '@ticket-queue/migrations'
import { sql } from 'kysely'
import type { TestStack } from './test-stack.ts'

function templateName(stack: TestStack): string {
  return `template_${stack.runId}`
}

/** The owner's URL with another database in it. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}

/** Runs statements as the owner, outside any test's database and over one connection. */
export async function asOwner<T>(
  stack: TestStack,
  work: (run: (statement: string) => Promise<{ rows: unknown[] }>) => Promise<T>,
): Promise<T> {
  const owner = createDatabase<unknown>({ url: stack.databaseUrl, poolMax: 1, applicationName: 'testing' })
  try {
    return await work((statement) => sql.raw(statement).execute(owner.db))
  } finally {
    await owner.close()
  }
}

/**
 * Creates `name` as a copy of the migrated template. The first caller of the run migrates the template, the others wait
 * for it: runs that need no database do not pay for it.
 */
export async function cloneTemplate(stack: TestStack, name: string): Promise<string> {
  const template = templateName(stack)
  await asOwner(stack, async (run) => {
    // The lock ends with the connection, and it keeps migrating sessions off the template while it is copied.
    await run(`SELECT pg_advisory_lock(hashtext('${template}'))`)
    const { rows } = await run(`SELECT 1 FROM pg_database WHERE datname = '${template}' AND datistemplate`)
    if (rows.length === 0) {
      await run(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`)
      await run(`CREATE DATABASE ${template}`)
      await migrate({
        ownerUrl: withDatabase(stack.databaseUrl, template),
        migrationsDirectory,
        passwords: developmentPasswords,
      })
      await run(`ALTER DATABASE ${template} IS_TEMPLATE true`)
    }
    await run(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  })
  return withDatabase(stack.databaseUrl, name)
}

/** Drops a test's database, whoever is still connected to it. */
export async function dropClone(stack: TestStack, name: string): Promise<void> {
  await asOwner(stack, (run) => run(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
}

/** Drops the run's template, for servers that outlive the run. */
export async function dropTemplate(stack: TestStack): Promise<void> {
  const template = templateName(stack)
  await asOwner(stack, async (run) => {
    const { rows } = await run(`SELECT 1 FROM pg_database WHERE datname = '${template}'`)
    if (rows.length === 0) return
    await run(`ALTER DATABASE ${template} IS_TEMPLATE false`)
    await run(`DROP DATABASE ${template} WITH (FORCE)`)
  })
}
