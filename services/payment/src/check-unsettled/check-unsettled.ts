import { inTransaction } from '@ticket-queue/database'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { storableText } from '../domain/storable-text.ts'
import { refundPayment } from '../saga/refund-payment.ts'
import type { SagaDeps } from '../saga/saga-deps.ts'
import { settlePayment } from '../saga/settle-payment.ts'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'
import { takePace } from './take-pace.ts'

export type CheckUnsettledDeps = SagaDeps & { readonly log: Log } & ClaimDeps

interface ClaimDeps {
  readonly db: Kysely<Database>
  /** How many refunds of cancelled reservations all replicas together start in a second. */
  readonly refundsPerSecond: number
  /** How long a claim lasts. */
  readonly claimSeconds: number
}

/** A payment that nobody else looks at while the claim lasts. */
export type Claimed = Pick<PaymentRow, 'id' | 'status'>

const whyCharsMax = 300

/**
 * Claims up to `limit` payments whose next look is due by the database's clock, oldest first: nobody's money hangs (M7).
 * A claim ends by itself, so several replicas share the work and a dead one's comes back. Refunds come after everybody who is
 * buying, at most `refundsMax` and at their pace: thousands of them, when a show is called off, hold nobody up.
 */
export async function claimDue(deps: ClaimDeps, limit: number, refundsMax = limit): Promise<Claimed[]> {
  const others = await inTransaction(deps.db, (trx) =>
    claim(trx, { which: isOther, limit, claimSeconds: deps.claimSeconds }),
  )
  const places = Math.min(limit - others.length, refundsMax)
  if (places <= 0) return others
  const refunds = await inTransaction(deps.db, async (trx) => {
    const wanted = await countDueRefunds(trx, places)
    const allowed = await takePace(trx, { wanted, perSecond: deps.refundsPerSecond })
    return allowed === 0 ? [] : claim(trx, { which: isRefund, limit: allowed, claimSeconds: deps.claimSeconds })
  })
  return [...others, ...refunds]
}

const isRefund = sql<boolean>`(status = 'SUCCESS' AND refund_due_amount IS NOT NULL)`
const isOther = sql<boolean>`NOT (status = 'SUCCESS' AND refund_due_amount IS NOT NULL)`

async function countDueRefunds(trx: Transaction<Database>, places: number): Promise<number> {
  const { rows } = await sql<{ due: number }>`SELECT count(*)::int AS due FROM (
    SELECT FROM payments WHERE next_check_at <= now() AND ${isRefund} LIMIT ${places}
  ) AS refunds_due`.execute(trx)
  return rows[0]?.due ?? 0
}

async function claim(
  trx: Transaction<Database>,
  { which, limit, claimSeconds }: { which: typeof isRefund; limit: number; claimSeconds: number },
): Promise<Claimed[]> {
  const due = await trx
    .selectFrom('payments')
    .select('id')
    .where('next_check_at', '<=', sql<Date>`now()`)
    .where(which)
    .orderBy('next_check_at')
    .limit(limit)
    // Steps of a payment may be written meanwhile: their foreign key would wait for FOR UPDATE.
    .forNoKeyUpdate()
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
}

/**
 * Takes a claimed payment as far as can be known, refunds it, or follows PortOne's books. Never rejects: a look that fails is
 * logged, counts as one in vain, and comes again when its claim ends, so that one payment cannot hold up the others.
 */
export async function checkUnsettled(deps: CheckUnsettledDeps, { id: paymentId, status }: Claimed): Promise<void> {
  const requestId = uuidv7()
  try {
    if (status === 'SUCCESS' || status === 'REFUNDED') await refundPayment(deps, { paymentId, requestId })
    else await settlePayment(deps, { paymentId, askedBy: 'sweeper', requestId })
  } catch (error) {
    deps.log.error({ err: error, paymentId }, 'a look at an unsettled payment failed')
    await countFailedLook(deps, paymentId, error)
  }
}

async function countFailedLook(deps: CheckUnsettledDeps, paymentId: string, error: unknown): Promise<void> {
  const why = error instanceof Error ? error.message : String(error)
  try {
    await deps.db
      .updateTable('payments')
      .set({
        check_count: sql<number>`check_count + 1`,
        last_check_error: storableText(`The look failed: ${why.slice(0, whyCharsMax)}`),
      })
      .where('id', '=', paymentId)
      .where('next_check_at', 'is not', null)
      .execute()
  } catch (err) {
    deps.log.warn({ err, paymentId }, 'a failed look could not be counted')
  }
}
