import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Areas in the order they are migrated: what the others stand on comes first. */
export const migrationAreas = ['common', 'user', 'event', 'queue', 'reservation', 'payment'] as const

export type MigrationArea = (typeof migrationAreas)[number]

export interface Migration {
  readonly area: MigrationArea
  /** File name without its ending, such as `0001-create-users`. */
  readonly name: string
  readonly text: string
  /** SHA-256 of the text with line feeds only, so that a checkout on Windows gives the same. */
  readonly checksum: string
}

const namePattern = /^\d{4}-[a-z0-9-]+\.sql$/

/** Reads every migration of `directory` in the order of execution. `schema.sql` is generated and no migration. */
export const readMigrations = async (directory: string): Promise<Migration[]> => {
  const migrations: Migration[] = []
  for (const area of migrationAreas) {
    const files = (await readdir(join(directory, area))).filter(
      (file) => file.endsWith('.sql') && file !== 'schema.sql',
    )
    const numbers = new Set<string>()
    for (const file of files.sort()) {
      if (!namePattern.test(file)) throw new Error(`Migration ${area}/${file} must be named like 0001-create-table.sql`)
      const number = file.slice(0, 4)
      if (numbers.has(number)) throw new Error(`Two migrations of ${area} have the number ${number}`)
      numbers.add(number)
      const text = (await readFile(join(directory, area, file), 'utf8')).replaceAll('\r\n', '\n')
      const checksum = createHash('sha256').update(text).digest('hex')
      migrations.push({ area, name: file.slice(0, -'.sql'.length), text, checksum })
    }
  }
  return migrations
}
