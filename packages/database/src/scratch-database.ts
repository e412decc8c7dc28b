import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from './migrate.ts'

export interface ScratchOptions {
  /** The owner's URL to any database of the server: may create databases. */
  readonly ownerUrl: string
  /** Migrates the new database, leaving role passwords alone; absent: it stays empty. */
  readonly migrationsDirectory?: string
}

/** Runs `work` with the owner's URL of a new database that is dropped afterwards, whatever happens. */
export const withScratchDatabase = async <T>(
  options: ScratchOptions,
  work: (ownerUrl: string) => Promise<T>,
): Promise<T> => {
  const name = `scratch_${randomBytes(8).toString('hex')}`
  const url = new URL(options.ownerUrl)
  url.pathname = `/${name}`
  const client = new pg.Client({ connectionString: options.ownerUrl, application_name: 'ticket-queue scratch' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`)
    if (options.migrationsDirectory !== undefined) {
      const { migrationsDirectory } = options
      await migrate({ ownerUrl: url.href, migrationsDirectory, passwords: 'unchanged' })
    }
    return await work(url.href)
  } finally {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`).finally(() => client.end())
  }
}
