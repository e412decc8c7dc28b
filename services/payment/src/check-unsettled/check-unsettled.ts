import { inTransaction } from '@ticket-queue/database'
import { sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { refundPayment } from '../saga/refund-payment.ts'
import { type SagaDeps, settlePayment } from '../saga/settle-payment.ts'

const batchSize = 20
const claimSeconds = 90

/**
 * Looks at the payments whose next look is due by the database's clock and takes each as far as can be known: nobody's
 * money hangs (M7). A look is claimed for 90 s, so several replicas share the work and a dead one's comes back.
 * Gives how many were looked at.
 */
export async function checkUnsettled(deps: SagaDeps): Promise<number> {
  const claimed = await inTransaction(deps.db, async (trx) => {
    const due = await trx
      .selectFrom('payments')
      .select('id')
      .where('next_check_at', '<=', sql<Date>`now()`)
      .orderBy('next_check_at')
      .limit(batchSize)
      .forUpdate()
      .skipLocked()
      .execute()
    if (due.length === 0) return []
    return trx
      .updateTable('payments')
      .set({ next_check_at: sql<Date>`now() + make_interval(secs => ${claimSeconds})` })
      .where(
        'id',
        'in',
        due.map((row) => row.id),
      )
      .returning(['id', 'status'])
      .execute()
  })
  const looks = await Promise.allSettled(
    claimed.map(({ id, status }) =>
      status === 'SUCCESS'
        ? refundPayment(deps, { paymentId: id, requestId: uuidv7() })
        : settlePayment(deps, { paymentId: id, askedBy: 'sweeper', requestId: uuidv7() }),
    ),
  )
  const failed = looks.find((look) => look.status === 'rejected')
  if (failed) throw failed.reason
  return claimed.length
}
