import type { Kysely } from 'kysely'
import { describePayment, type PaymentAnswer } from '../domain/describe-payment.ts'
import type { Database } from '../store/database.ts'

export interface ListPaymentsDeps {
  readonly db: Kysely<Database>
}

export interface PaymentPage {
  readonly list: PaymentAnswer[]
  readonly page: number
  readonly size: number
  readonly totalElements: number
}

/** One page of a person's payments, newest first (PAY-015); `page` counts from 0. */
export async function listPayments(
  deps: ListPaymentsDeps,
  input: { userId: string; page: number; size: number },
): Promise<PaymentPage> {
  const mine = deps.db.selectFrom('payments').where('user_id', '=', input.userId)
  const [rows, counted] = await Promise.all([
    mine
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(input.size)
      .offset(input.page * input.size)
      .execute(),
    mine.select((count) => count.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
  ])
  return { list: rows.map(describePayment), page: input.page, size: input.size, totalElements: Number(counted.total) }
}
