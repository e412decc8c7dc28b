import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createDatabase } from './database.ts'
import { inTransaction } from './transaction.ts'

interface Tables {
  purses: { owner: string; coins: number }
}

const { ownerUrl } = await testDatabase('user')
const { db, close } = createDatabase<Tables>({ url: ownerUrl })
afterAll(close)
await sql`CREATE TABLE purses (owner text PRIMARY KEY, coins bigint NOT NULL CHECK (coins >= 0))`.execute(db)

beforeEach(async () => {
  await db.deleteFrom('purses').execute()
  await db
    .insertInto('purses')
    .values([
      { owner: 'ada', coins: 10 },
      { owner: 'bob', coins: 10 },
    ])
    .execute()
})

const coinsOf = async (owner: string) =>
  (await db.selectFrom('purses').select('coins').where('owner', '=', owner).executeTakeFirstOrThrow()).coins

/** Opens once `parties` callers have arrived, and stays open. */
const gate = (parties: number) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  let arrived = 0
  return () => {
    arrived += 1
    if (arrived === parties) resolve()
    return promise
  }
}

test('two transactions that deadlock both succeed, the victim by running again', async () => {
  const bothHoldOneRow = gate(2)
  let runs = 0
  const addCoin = (first: string, second: string) =>
    inTransaction(db, async (trx) => {
      runs += 1
      const give = (owner: string) =>
        trx
          .updateTable('purses')
          .set((eb) => ({ coins: eb('coins', '+', 1) }))
          .where('owner', '=', owner)
          .execute()
      await give(first)
      await bothHoldOneRow()
      await give(second)
    })
  await Promise.all([addCoin('ada', 'bob'), addCoin('bob', 'ada')])
  expect(runs).toBe(3)
  expect([await coinsOf('ada'), await coinsOf('bob')]).toEqual([12, 12])
})

test('an error of the work rolls back, is passed on and is not tried again', async () => {
  let runs = 0
  const spending = inTransaction(db, async (trx) => {
    runs += 1
    await trx.updateTable('purses').set({ coins: 0 }).where('owner', '=', 'ada').execute()
    throw new Error('changed my mind')
  })
  await expect(spending).rejects.toThrow('changed my mind')
  expect(runs).toBe(1)
  expect(await coinsOf('ada')).toBe(10)
})

test('a conflict that does not go away is passed on after three retries', async () => {
  let runs = 0
  const conflicting = inTransaction(db, async (trx) => {
    runs += 1
    await sql`DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$`.execute(trx)
  })
  await expect(conflicting).rejects.toMatchObject({ code: '40001' })
  expect(runs).toBe(4)
})

test('a transaction sees what others committed since it began', async () => {
  await inTransaction(db, async (trx) => {
    const before = await trx.selectFrom('purses').select('coins').where('owner', '=', 'ada').executeTakeFirstOrThrow()
    await db.updateTable('purses').set({ coins: 3 }).where('owner', '=', 'ada').execute()
    const after = await trx.selectFrom('purses').select('coins').where('owner', '=', 'ada').executeTakeFirstOrThrow()
    expect([before.coins, after.coins]).toEqual([10, 3])
  })
})
