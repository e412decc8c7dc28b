import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { isCatalogConflict } from './errors.ts'
import { type Migration, readMigrations } from './migration-files.ts'
import { type RolePasswords, serviceRoles } from './roles.ts'
import { scramVerifier } from './scram.ts'

export interface MigrateOptions {
  /** The owner's URL: may create schemas and roles. */
  readonly ownerUrl: string
  readonly migrationsDirectory: string
  /** Set on every run, so that changing one and running again rotates it; `'unchanged'` touches none. */
  readonly passwords: RolePasswords | 'unchanged'
  /** Told the area and name of each file as it has been applied, such as `user/0001-create-users`. */
  readonly onProgress?: (applied: string) => void
}

const lockName = 'ticket-queue migrations'
const attemptsMax = 20
const jitterMs = 100

/**
 * Brings the database to the newest schema and gives the names of the files it applied, in order. Each file commits
 * together with the row that records it, so a failure leaves whole files only. Racing callers wait for each other.
 * Throws if a file already applied has changed or gone, or if a new one sorts before an applied one.
 */
export const migrate = async (options: MigrateOptions): Promise<string[]> => {
  const migrations = await readMigrations(options.migrationsDirectory)
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'ticket-queue migrate' })
  // A connection that breaks while idle is reported by the next query, too.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [lockName])
    await client.query(bookkeepingSql)
    const pending = selectPending(migrations, await readApplied(client))
    for (const migration of pending) {
      await retryCatalogConflicts(() => applyMigration(client, migration))
      options.onProgress?.(nameOf(migration))
    }
    if (options.passwords !== 'unchanged') await setPasswords(client, options.passwords)
    return pending.map(nameOf)
  } finally {
    await client.end()
  }
}

const bookkeepingSql = `
  CREATE SCHEMA IF NOT EXISTS migration;
  CREATE TABLE IF NOT EXISTS migration.applied (
    area text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (area, name)
  )`

const nameOf = (migration: { area: string; name: string }): string => `${migration.area}/${migration.name}`

const readApplied = async (client: pg.Client): Promise<Map<string, string>> => {
  const { rows } = await client.query<{ area: string; name: string; checksum: string }>(
    'SELECT area, name, checksum FROM migration.applied',
  )
  return new Map(rows.map((row) => [nameOf(row), row.checksum]))
}

const selectPending = (migrations: Migration[], applied: ReadonlyMap<string, string>): Migration[] => {
  const known = new Set(migrations.map(nameOf))
  for (const name of applied.keys()) {
    if (!known.has(name)) {
      throw new Error(`Migration ${name} has been applied to this database, but its file is gone. Restore the file.`)
    }
  }
  for (const migration of migrations) {
    const checksum = applied.get(nameOf(migration))
    if (checksum !== undefined && checksum !== migration.checksum) {
      throw new Error(
        `Migration ${nameOf(migration)} has been changed after it was applied to this database. ` +
          'Restore the file and put the change into a new migration.',
      )
    }
  }
  const pending = migrations.filter((migration) => !applied.has(nameOf(migration)))
  for (const migration of pending) {
    const later = migrations.find(
      (other) => other.area === migration.area && other.name > migration.name && applied.has(nameOf(other)),
    )
    if (later !== undefined) {
      throw new Error(
        `Migration ${nameOf(migration)} comes before ${nameOf(later)}, which has been applied. Give it a higher number.`,
      )
    }
  }
  return pending
}

const applyMigration = async (client: pg.Client, migration: Migration): Promise<void> => {
  await client.query('BEGIN')
  try {
    await client.query("SET LOCAL lock_timeout = '10s'")
    await client.query('INSERT INTO migration.applied (area, name, checksum) VALUES ($1, $2, $3)', [
      migration.area,
      migration.name,
      migration.checksum,
    ])
    await client.query(migration.text)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    if (isCatalogConflict(error)) throw error
    throw new Error(
      `Migration ${nameOf(migration)} failed: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}

const setPasswords = async (client: pg.Client, passwords: RolePasswords): Promise<void> => {
  for (const role of Object.values(serviceRoles)) {
    const verifier = client.escapeLiteral(scramVerifier(passwords[role]))
    await retryCatalogConflicts(() => client.query(`ALTER ROLE ${client.escapeIdentifier(role)} PASSWORD ${verifier}`))
  }
}

/** Roles are shared by the cluster and the lock above is not, so migrators of two databases may meet on a role. */
const retryCatalogConflicts = async (work: () => Promise<unknown>): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await work()
      return
    } catch (error) {
      if (attempt === attemptsMax || !isCatalogConflict(error)) throw error
      await wait(Math.random() * jitterMs)
    }
  }
}
