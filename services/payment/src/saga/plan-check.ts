import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'

/** Why a payment is looked at again, which decides when. */
export type Plan =
  /** The outcome of something asked is not known: after 2 s, doubling up to 5 minutes, for as long as it takes. */
  | { readonly because: 'unclear'; readonly why: string }
  /** The buyer has not paid yet: every 30 s, and once just before the hold ends, so that money paid in it gets its seats. */
  | { readonly because: 'waiting' }
  /** The payment has failed, but its window may still be open: at ever longer intervals for some hours. */
  | { readonly because: 'late-money' }
  | { readonly because: 'nothing' }

const nextCheckAt = {
  unclear: sql<Date>`now() + make_interval(secs => least(300, power(2, least(check_count, 8) + 1)))`,
  waiting: sql<Date>`least(
    now() + interval '30 seconds',
    CASE WHEN now() < hold_expires_at - interval '7 seconds' THEN hold_expires_at - interval '5 seconds' END
  )`,
  'late-money': sql<Date | null>`CASE
    WHEN now() - failed_at < interval '3 hours' THEN now() + greatest(interval '1 minute', now() - failed_at)
  END`,
  nothing: sql<null>`NULL`,
}

/**
 * Plans the next look at a payment. Changes nothing if the payment has moved on since it was read (`version`): a webhook
 * that asked for a look meanwhile must not be put off.
 */
export async function planCheck(db: Kysely<Database>, payment: PaymentRow, plan: Plan): Promise<void> {
  const unclear = plan.because === 'unclear'
  await db
    .updateTable('payments')
    .set({
      next_check_at: nextCheckAt[plan.because],
      check_count: unclear ? sql<number>`check_count + 1` : 0,
      last_check_error: unclear ? plan.why : null,
    })
    .where('id', '=', payment.id)
    .where('version', '=', payment.version)
    .execute()
}
