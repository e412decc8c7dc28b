import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createDatabase } from './database.ts'
import { nameStatements } from './name-statements.ts'
import { inTransaction } from './transaction.ts'

interface Tables {
  coats: { id: number; colour: string }
}

const { ownerUrl } = await testDatabase('user')
const { db, close } = createDatabase<Tables>({ url: ownerUrl, poolMax: 1 })
const other = createDatabase<Tables>({ url: ownerUrl, poolMax: 1 })
afterAll(() => Promise.all([close(), other.close()]))

beforeEach(async () => {
  await sql`DROP TABLE IF EXISTS coats`.execute(other.db)
  await sql`CREATE TABLE coats (id bigint PRIMARY KEY, colour text NOT NULL)`.execute(other.db)
  await sql`INSERT INTO coats VALUES (1, 'red')`.execute(other.db)
})

const find = (from: typeof db = db) => from.selectFrom('coats').selectAll().where('id', '=', 1).executeTakeFirst()
const repeat = async (times: number, from: typeof db = db) => {
  for (let time = 0; time < times; time += 1) await find(from)
}

test('a statement is prepared once it has been run five times, one that is run seldom is not', async () => {
  const own = createDatabase<Tables>({ url: ownerUrl, poolMax: 1 })
  const prepared = () => sql<{ statement: string }>`SELECT statement FROM pg_prepared_statements`.execute(own.db)
  await repeat(4, own.db)
  expect((await prepared()).rows).toEqual([])
  await repeat(4, own.db)
  expect((await prepared()).rows).toEqual([{ statement: expect.stringContaining('from "coats"') }])
  await own.close()
})

test('a statement that a migration has made stale is answered all the same, with the new column', async () => {
  await repeat(6)
  await sql`ALTER TABLE coats ADD COLUMN size text NOT NULL DEFAULT 'M'`.execute(other.db)
  expect(await find()).toEqual({ id: 1, colour: 'red', size: 'M' })
})

test('a transaction that meets a stale plan is run again and takes effect once', async () => {
  await repeat(6)
  await sql`ALTER TABLE coats ADD COLUMN size text NOT NULL DEFAULT 'M'`.execute(other.db)
  const found = await inTransaction(db, async (trx) => {
    await sql`INSERT INTO coats VALUES (2, 'blue')`.execute(trx)
    return find(trx)
  })
  expect(found).toEqual({ id: 1, colour: 'red', size: 'M' })
  expect(await other.db.selectFrom('coats').select('id').orderBy('id').execute()).toEqual([{ id: 1 }, { id: 2 }])
})

test('at most 500 statements get a name, however many there are', () => {
  const names = nameStatements()
  const given = Array.from({ length: 3_000 }, (_, length) => {
    const text = `select ${length}`
    for (let use = 0; use < 10; use += 1) names.of(text)
    return names.of(text)
  })
  expect(new Set(given.filter(Boolean)).size).toBe(500)
})
