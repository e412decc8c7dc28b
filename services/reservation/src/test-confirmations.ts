import { inTransaction } from '@ticket-queue/database'
import { waitUntil } from '@ticket-queue/testing'
import { type Kysely, sql } from 'kysely'
import { confirmReservations } from './confirm-reservation/confirm-reservation.ts'
import type { Database } from './store/database.ts'
import type { paymentSuccess } from './test-reservation-service.ts'

/** Asks while a payment's confirmation is written but not committed; it commits once what was asked waits for it, or is answered. */
export async function askWhileConfirming<Answer>(
  db: Kysely<Database>,
  success: ReturnType<typeof paymentSuccess>,
  ask: () => PromiseLike<Answer>,
): Promise<Answer> {
  const [written, committing] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const confirming = inTransaction(db, async (trx) => {
    await confirmReservations(trx, [success])
    written.resolve()
    await committing.promise
  })
  await written.promise
  let isAnswered = false
  const answer = Promise.resolve(ask()).finally(() => (isAnswered = true))
  await waitUntil(async () => {
    const { rows } = await sql`
      SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`.execute(db)
    return isAnswered || rows.length > 0
  })
  committing.resolve()
  await confirming
  return answer
}
