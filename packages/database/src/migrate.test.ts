import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, inject, onTestFinished, test as plain } from 'vitest'
import { createDatabase } from './database.ts'
import { migrate } from './migrate.ts'
import { migrationAreas } from './migration-files.ts'
import { withScratchDatabase } from './scratch-database.ts'

interface Scratch {
  readonly migrationsDirectory: string
  readonly write: (file: string, text: string) => Promise<void>
  readonly run: () => Promise<string[]>
  readonly count: (table: string) => Promise<number>
}

/** A test with two migrations in a directory of its own and an empty database for them. */
const test = (name: string, body: (scratch: Scratch) => Promise<void>) =>
  plain(name, async () => {
    const migrationsDirectory = await mkdtemp(join(tmpdir(), 'migrations-'))
    onTestFinished(() => rm(migrationsDirectory, { recursive: true }))
    for (const area of migrationAreas) await mkdir(join(migrationsDirectory, area))
    const write = (file: string, text: string) => writeFile(join(migrationsDirectory, file), text)
    await write('common/0001-create-log.sql', 'CREATE TABLE log (line text); INSERT INTO log VALUES (1);')
    await write('user/0001-add-line.sql', 'INSERT INTO log VALUES (2);')
    await withScratchDatabase({ ownerUrl: inject('stack').databaseUrl }, async (ownerUrl) => {
      const { db, close } = createDatabase<Record<never, never>>({ url: ownerUrl, poolMax: 1 })
      const count = async (table: string) => {
        const { rows } = await sql<{ count: number }>`SELECT count(*) FROM ${sql.table(table)}`.execute(db)
        return rows[0]?.count ?? 0
      }
      const run = () => migrate({ ownerUrl, migrationsDirectory, passwords: 'unchanged' })
      await body({ migrationsDirectory, write, run, count }).finally(close)
    })
  })

test('areas run in their order, and a second run applies nothing', async (scratch) => {
  expect(await scratch.run()).toEqual(['common/0001-create-log', 'user/0001-add-line'])
  expect(await scratch.run()).toEqual([])
  expect(await scratch.count('log')).toBe(2)
})

test('racing migrators all succeed, and every file runs once', async (scratch) => {
  const applied = await Promise.all([scratch.run(), scratch.run(), scratch.run()])
  expect(applied.flat().toSorted()).toEqual(['common/0001-create-log', 'user/0001-add-line'])
  expect(await scratch.count('log')).toBe(2)
})

test('a new file runs alone', async (scratch) => {
  await scratch.run()
  await scratch.write('common/0002-add-line.sql', 'INSERT INTO log VALUES (3);')
  expect(await scratch.run()).toEqual(['common/0002-add-line'])
})

test('a file changed after it was applied is refused by name, and nothing runs', async (scratch) => {
  await scratch.run()
  await scratch.write('user/0001-add-line.sql', 'INSERT INTO log VALUES (9);')
  await scratch.write('user/0002-add-line.sql', 'INSERT INTO log VALUES (3);')
  await expect(scratch.run()).rejects.toThrow('Migration user/0001-add-line has been changed after it was applied')
  expect(await scratch.count('log')).toBe(2)
})

test('other line endings are no change', async (scratch) => {
  await scratch.write('user/0001-add-line.sql', 'INSERT INTO log\n VALUES (2);\n')
  await scratch.run()
  await scratch.write('user/0001-add-line.sql', 'INSERT INTO log\r\n VALUES (2);\r\n')
  expect(await scratch.run()).toEqual([])
})

test('a file that has gone is refused', async (scratch) => {
  await scratch.run()
  await rm(join(scratch.migrationsDirectory, 'user/0001-add-line.sql'))
  await expect(scratch.run()).rejects.toThrow('Migration user/0001-add-line has been applied to this database, but')
})

test('a file slipped in before an applied one is refused', async (scratch) => {
  await scratch.write('user/0003-add-line.sql', 'INSERT INTO log VALUES (3);')
  await scratch.run()
  await scratch.write('user/0002-add-line.sql', 'INSERT INTO log VALUES (4);')
  await expect(scratch.run()).rejects.toThrow('user/0002-add-line comes before user/0003-add-line')
})

test('a file that fails leaves nothing of itself, keeps those before it, and runs once mended', async (scratch) => {
  await scratch.write('user/0001-add-line.sql', 'INSERT INTO log VALUES (2); SELECT 1 / 0;')
  await expect(scratch.run()).rejects.toThrow('Migration user/0001-add-line failed: division by zero')
  expect(await scratch.count('log')).toBe(1)
  await scratch.write('user/0001-add-line.sql', 'INSERT INTO log VALUES (2);')
  expect(await scratch.run()).toEqual(['user/0001-add-line'])
})

test('a name without number and two files of one number are refused', async (scratch) => {
  await scratch.write('event/create.sql', 'SELECT 1;')
  await expect(scratch.run()).rejects.toThrow('event/create.sql must be named like 0001-create-table.sql')
  await rm(join(scratch.migrationsDirectory, 'event/create.sql'))
  await scratch.write('user/0001-other.sql', 'SELECT 1;')
  await expect(scratch.run()).rejects.toThrow('Two migrations of user have the number 0001')
})
