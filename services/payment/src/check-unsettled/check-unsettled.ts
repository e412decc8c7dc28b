import { inTransaction } from '@ticket-queue/database'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { refundPayment } from '../saga/refund-payment.ts'
import type { SagaDeps } from '../saga/saga-deps.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'

export type CheckUnsettledDeps = SagaDeps & { readonly log: Log }

/** A payment that nobody else looks at while the claim lasts. */
export type Claimed = Pick<PaymentRow, 'id' | 'status'>

const claimSeconds = 90

/**
 * Claims up to `limit` payments whose next look is due by the database's clock, oldest first: nobody's money hangs (M7).
 * A claim lasts 90 s, so several replicas share the work and a dead one's comes back.
 */
export async function claimDue(db: Kysely<Database>, limit: number): Promise<Claimed[]> {
  return inTransaction(db, async (trx) => {
    const due = await trx
      .selectFrom('payments')
      .select('id')
      .where('next_check_at', '<=', sql<Date>`now()`)
      .orderBy('next_check_at')
      .limit(limit)
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
}

/**
 * Takes a claimed payment as far as can be known, or refunds it. Never rejects: a look that fails is logged and comes
 * again when its claim ends, so that one payment cannot hold up the others.
 */
export async function checkUnsettled(deps: CheckUnsettledDeps, { id: paymentId, status }: Claimed): Promise<void> {
  const requestId = uuidv7()
  try {
    if (status === 'SUCCESS') await refundPayment(deps, { paymentId, requestId })
    else await settlePayment(deps, { paymentId, askedBy: 'sweeper', requestId })
  } catch (error) {
    deps.log.error({ err: error, paymentId }, 'a look at an unsettled payment failed')
  }
}
