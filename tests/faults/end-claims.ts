import { sql } from 'kysely'
import type { Books } from '../invariants/books.ts'

/** The claims of a process that died end after a minute and a half; here at once. */
export async function endClaims(books: Books): Promise<void> {
  await sql`
    UPDATE payment_service.payments SET next_check_at = now()
    WHERE next_check_at > now() AND (status = 'PENDING' OR (status = 'SUCCESS' AND refund_due_amount > 0))`.execute(
    books.database.db,
  )
}
