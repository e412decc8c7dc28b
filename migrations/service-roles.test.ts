import { createDatabase, developmentPasswords, migrate, roleUrl, withScratchDatabase } from '@ticket-queue/database'
import { sql } from 'kysely'
import { expect, inject, test } from 'vitest'
import { migrationsDirectory } from './index.ts'
import { outcomeOf, services, testRoles } from './test-roles.ts'

const { owner, ownerUrl, as } = await testRoles()
const denied = '42501'

test('no role may change the structure of anything, its own tables included', async () => {
  const statements = [
    'CREATE TABLE reservation_service.mine (id int)',
    'CREATE TABLE common.mine (id int)',
    'CREATE TABLE public.mine (id int)',
    'CREATE SCHEMA mine',
    'CREATE INDEX mine ON reservation_service.reservations (status)',
    'CREATE FUNCTION reservation_service.mine() RETURNS int LANGUAGE sql RETURN 1',
    'ALTER TABLE reservation_service.reservations ADD COLUMN mine int',
    'DROP INDEX reservation_service.reservation_seats_one_active',
    'DROP TABLE reservation_service.reservation_seats',
    'TRUNCATE reservation_service.reservation_seats',
    'ALTER TABLE common.outbox_events DISABLE ROW LEVEL SECURITY',
    'DROP POLICY outbox_events_own ON common.outbox_events',
    'CREATE ROLE mine',
    'ALTER ROLE payment_svc_user SUPERUSER',
    'CREATE DATABASE mine',
  ]
  for (const statement of statements) expect(await outcomeOf(as.reservation, statement), statement).toBe(denied)
})

test('no role may make temporary tables', async () => {
  await withScratchDatabase({ ownerUrl: inject('stack').databaseUrl, migrationsDirectory }, async (scratchUrl) => {
    for (const service of services) {
      const { db, close } = createDatabase<Record<never, never>>({ url: roleUrl(scratchUrl, `${service}_svc_user`) })
      expect(await outcomeOf(db, 'CREATE TEMP TABLE mine (id int)')).toBe(denied)
      await close()
    }
  })
})

test('every role finds its own schema first, and its limits hold in a cloned database too', async () => {
  for (const service of services) {
    const { rows } = await sql`
      SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS statement,
        current_setting('lock_timeout') AS lock, current_setting('idle_in_transaction_session_timeout') AS idle`.execute(
      as[service],
    )
    expect(rows).toEqual([{ path: `${service}_service, common`, statement: '10s', lock: '3s', idle: '15s' }])
  }
})

test('a table that a later migration creates needs no grant, and stays foreign to the others', async () => {
  await sql`CREATE TABLE payment_service.later (id bigint GENERATED ALWAYS AS IDENTITY, note text)`.execute(owner)
  expect(await outcomeOf(as.payment, "INSERT INTO later (note) VALUES ('mine')")).toBe(1)
  expect(await outcomeOf(as.payment, 'SELECT FROM later')).toBe(1)
  expect(await outcomeOf(as.event, 'SELECT FROM payment_service.later')).toBe(denied)
})

test('migrating a migrated database again changes nothing', async () => {
  expect(await migrate({ ownerUrl, migrationsDirectory, passwords: developmentPasswords })).toEqual([])
})

test('databases of one cluster may be migrated at the same time, although they share the roles', async () => {
  const names = await Promise.all(
    Array.from({ length: 4 }, () =>
      withScratchDatabase({ ownerUrl: inject('stack').databaseUrl }, (scratchUrl) =>
        migrate({ ownerUrl: scratchUrl, migrationsDirectory, passwords: developmentPasswords }),
      ),
    ),
  )
  for (const applied of names) expect(applied.length).toBeGreaterThan(10)
})
