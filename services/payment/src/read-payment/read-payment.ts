import type { Kysely } from 'kysely'
import { describePayment, type PaymentAnswer } from '../domain/describe-payment.ts'
import type { Database } from '../store/database.ts'
import { findPayment } from '../store/payments.ts'

export interface ReadPaymentDeps {
  readonly db: Kysely<Database>
}

/** A payment of this person, or null (PAY-014). */
export async function readPayment(
  deps: ReadPaymentDeps,
  input: { userId: string; paymentId: string },
): Promise<PaymentAnswer | null> {
  const row = await findPayment(deps.db, input.paymentId)
  return row && row.user_id === input.userId ? describePayment(row) : null
}
