import { testDatabase } from '@ticket-queue/testing'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { tryAdvisoryLock } from './advisory-lock.ts'
import { isConnectionError } from './errors.ts'

const { database } = await testDatabase<Record<never, never>>('payment')
const { db } = database
const nothing = async () => undefined

test('only one holder at a time; another name is another lock', async () => {
  const outcome = await tryAdvisoryLock(db, 'relay', async () => ({
    same: await tryAdvisoryLock(db, 'relay', nothing),
    other: await tryAdvisoryLock(db, 'sweeper', nothing),
  }))
  expect(outcome).toMatchObject({
    acquired: true,
    value: { same: { acquired: false }, other: { acquired: true } },
  })
})

test('the lock is free again after the work, also when it failed', async () => {
  const failing = tryAdvisoryLock(db, 'failing', async () => {
    throw new Error('work failed')
  })
  await expect(failing).rejects.toThrow('work failed')
  await expect(tryAdvisoryLock(db, 'failing', nothing)).resolves.toMatchObject({ acquired: true })
})

test('a holder whose session has died cannot go on, and another takes over', async () => {
  const failing = tryAdvisoryLock(db, 'fenced', async (connection) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(connection)
    await sql`SELECT pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(db)
    await sql`SELECT 1`.execute(connection)
  })
  await expect(failing).rejects.toSatisfy(isConnectionError)
  await expect(tryAdvisoryLock(db, 'fenced', nothing)).resolves.toMatchObject({ acquired: true })
})
