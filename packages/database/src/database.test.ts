import { testDatabase, waitUntil } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createDatabase, databaseNow } from './database.ts'
import { isConnectionError, isUniqueViolation } from './errors.ts'

const { database, url, ownerUrl } = await testDatabase<Record<never, never>>('user')

const first = async (query: ReturnType<typeof sql<{ value: unknown }>>) =>
  (await query.execute(database.db)).rows[0]?.value

const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

test('a bigint comes back as a number, alone and in an array', async () => {
  expect(await first(sql`SELECT 9007199254740991::bigint AS value`)).toBe(Number.MAX_SAFE_INTEGER)
  expect(await first(sql`SELECT ARRAY[198000, NULL, -1]::bigint[] AS value`)).toEqual([198000, null, -1])
})

test('a bigint that a number cannot hold is refused, never rounded', async () => {
  await expect(first(sql`SELECT 9007199254740993::bigint AS value`)).rejects.toThrow(RangeError)
})

test('a numeric keeps its digits as text, a timestamptz becomes a Date', async () => {
  expect(await first(sql`SELECT 0.1::numeric AS value`)).toBe('0.1')
  expect(await first(sql`SELECT '2026-11-23T10:00:00+09:00'::timestamptz AS value`)).toEqual(
    new Date('2026-11-23T01:00:00Z'),
  )
})

test('the clock is the one of the database and stands still inside a transaction', async () => {
  await database.db.transaction().execute(async (trx) => {
    const before = await databaseNow(trx)
    await sql`SELECT pg_sleep(0.01)`.execute(trx)
    expect(await databaseNow(trx)).toEqual(before)
  })
})

test('a session carries the name of its application', async () => {
  const pool = createDatabase<Record<never, never>>({ url, poolMax: 1, applicationName: 'named' })
  const { rows } = await sql`SHOW application_name`.execute(pool.db)
  expect(rows).toEqual([{ application_name: 'named' }])
  await pool.close()
})

test('an idle connection that the server ends is replaced, and the owner of the pool is told', async () => {
  const broken: Error[] = []
  const pool = createDatabase<Record<never, never>>({
    url,
    applicationName: 'to-be-ended',
    poolMax: 1,
    onError: (error) => broken.push(error),
  })
  const owner = createDatabase<Record<never, never>>({ url: ownerUrl, poolMax: 1 })
  await pool.check()
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'to-be-ended'`.execute(
    owner.db,
  )
  await waitUntil(() => broken.length > 0)
  expect(isConnectionError(broken[0])).toBe(true)
  await pool.check()
  await Promise.all([pool.close(), owner.close()])
})

test('a query cut off by the server fails as a connection error', async () => {
  const pool = createDatabase<Record<never, never>>({ url, poolMax: 1 })
  const error = await rejection(sql`SELECT pg_terminate_backend(pg_backend_pid())`.execute(pool.db))
  expect(isConnectionError(error)).toBe(true)
  await pool.check()
  await pool.close()
})

test('a server that is not there fails the check as a connection error', async () => {
  const pool = createDatabase<Record<never, never>>({ url: 'postgres://nobody:nothing@127.0.0.1:1/none' })
  expect(isConnectionError(await rejection(pool.check()))).toBe(true)
  await pool.close()
})

test('a refusal of the server is no connection error', async () => {
  const error = await rejection(sql`SELECT 1 / 0`.execute(database.db))
  expect(isConnectionError(error)).toBe(false)
  expect(isUniqueViolation(error)).toBe(false)
})

test('a statement that takes longer than its limit is ended', async () => {
  const pool = createDatabase<Record<never, never>>({ url, poolMax: 1, statementTimeoutMs: 20 })
  await expect(sql`SELECT pg_sleep(5)`.execute(pool.db)).rejects.toMatchObject({ code: '57014' })
  await pool.close()
})

test('a server that says nothing for too long counts as away, and its connection is not used again', async () => {
  const pool = createDatabase<Record<never, never>>({ url, poolMax: 1, answerWithinMs: 50 })
  const error = await rejection(sql`SELECT pg_sleep(1)`.execute(pool.db))
  expect([isConnectionError(error), String(error)]).toEqual([true, 'Error: Query read timeout'])
  await pool.check()
  await pool.close()
})

test('closing waits for the query that runs, and may be done twice', async () => {
  const pool = createDatabase<Record<never, never>>({ url, poolMax: 1 })
  const running = sql`SELECT pg_sleep(0.05)`.execute(pool.db)
  await pool.check()
  await Promise.all([pool.close(), pool.close()])
  await expect(running).resolves.toBeDefined()
})
