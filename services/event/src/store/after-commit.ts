import { setTimeout as wait } from 'node:timers/promises'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'

const pollMs = 25
/** Longer than any statement or idle transaction of this role may last. */
const giveUpMs = 30_000

/**
 * Runs `work` once the transaction `trx`, which somebody else commits, has been committed; never if it is rolled back. PostgreSQL is
 * asked, so `work` sees what was written. Returns as soon as the transaction is being watched; errors go to `onError`.
 */
export async function afterCommit(
  db: Kysely<Database>,
  trx: Transaction<Database>,
  work: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Promise<void> {
  const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(trx)
  const xid = rows[0]?.xid
  if (xid === undefined) throw new Error('PostgreSQL named no transaction')
  void (async () => {
    if (await hasCommitted(db, xid)) await work()
  })().catch(onError)
}

async function hasCommitted(db: Kysely<Database>, xid: string): Promise<boolean> {
  const deadline = performance.now() + giveUpMs
  while (performance.now() < deadline) {
    await wait(pollMs)
    const { rows } = await sql<{ status: string | null }>`select pg_xact_status(${xid}::xid8) as status`.execute(db)
    if (rows[0]?.status !== 'in progress') return rows[0]?.status === 'committed'
  }
  return false
}
