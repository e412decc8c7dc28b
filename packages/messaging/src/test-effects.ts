import { createDatabase } from '@ticket-queue/database'
import { type TestDatabase, testDatabase } from '@ticket-queue/testing'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { MessageTables } from './test-events.ts'

/** Gives a fresh database with a table that takes any effect twice, so that only the inbox keeps effects single. */
export async function testEffects(): Promise<TestDatabase<MessageTables>> {
  const test = await testDatabase<MessageTables>('payment')
  const owner = createDatabase<MessageTables>({ url: test.ownerUrl, poolMax: 1 })
  await sql`create table payment_service.effects (event_id uuid not null)`.execute(owner.db)
  await sql`grant select, insert on payment_service.effects to payment_svc_user`.execute(owner.db)
  await owner.close()
  return test
}

/** A handler's effect: one row for each time that it ran and committed. */
export async function effect(trx: Transaction<MessageTables>, event: { eventId: string }): Promise<void> {
  await trx.insertInto('effects').values({ event_id: event.eventId }).execute()
}

/** Gives how often the effect of an event is there. */
export async function effectsOf(db: Kysely<MessageTables>, event: { eventId: string }): Promise<number> {
  const rows = await db.selectFrom('effects').selectAll().where('event_id', '=', event.eventId).execute()
  return rows.length
}
