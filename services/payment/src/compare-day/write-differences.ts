import { sql, type Transaction } from 'kysely'
import { type Difference, differenceOf, type OurBooks, theirBooks } from '../domain/compare-payment.ts'
import type { PortonePayment } from '../domain/portone-payment.ts'
import type { Database } from '../store/database.ts'
import { lookNow } from '../store/payments.ts'

/** What PortOne's books say of a payment; null: it does not know it. */
export interface Told {
  readonly portonePaymentId: string
  readonly there: PortonePayment | null
}

type Ours = OurBooks & { readonly id: string; readonly portone_payment_id: string }

interface Found extends Told {
  readonly kind: Difference
  readonly ours: Ours | null
}

/**
 * Compares what PortOne tells with our payments: what differs is a finding until it agrees again, and its payment is looked at
 * now, so that PortOne's word settles it. Gives the number of differences.
 */
export async function writeDifferences(
  trx: Transaction<Database>,
  { day, told }: { day: string; told: readonly Told[] },
): Promise<number> {
  if (told.length === 0) return 0
  const ours = await comparedNow(trx, told)
  const each = new Map(told.map((one) => [one.portonePaymentId, one])).values()
  const found = [...each].flatMap((one): Found[] => {
    const mine = ours.get(one.portonePaymentId) ?? null
    const kind = differenceOf(one.there, mine)
    return kind ? [{ ...one, kind, ours: mine }] : []
  })
  if (found.length === 0) return 0
  await keepFindings(trx, day, found)
  await lookNow(
    trx,
    found.flatMap(({ ours: mine }) => mine?.id ?? []),
  )
  return found.length
}

async function comparedNow(trx: Transaction<Database>, told: readonly Told[]): Promise<ReadonlyMap<string, Ours>> {
  const rows = await trx
    .updateTable('payments')
    .set({ compared_at: sql<Date>`now()` })
    .where(
      'portone_payment_id',
      'in',
      told.map(({ portonePaymentId }) => portonePaymentId),
    )
    .returning(['id', 'portone_payment_id', 'status', 'amount', 'refund_due_amount', 'refund_amount'])
    .execute()
  return new Map(rows.map((row) => [row.portone_payment_id, row]))
}

/** A payment has one open finding at a time, which says what differs now. */
async function keepFindings(trx: Transaction<Database>, day: string, found: readonly Found[]): Promise<void> {
  await trx
    .insertInto('comparison_findings')
    .values(
      found.map(({ portonePaymentId, there, kind, ours }) => ({
        day: sql<Date>`${day}::date`,
        kind,
        portone_payment_id: portonePaymentId,
        payment_id: ours?.id ?? null,
        detail: JSON.stringify(detailOf(there, ours)),
      })),
    )
    .onConflict((conflict) =>
      conflict
        .column('portone_payment_id')
        .where('settled_at', 'is', null)
        .doUpdateSet((row) => ({ kind: row.ref('excluded.kind'), detail: row.ref('excluded.detail') })),
    )
    .execute()
}

/** What the two books said, for a person. */
export const detailOf = (there: PortonePayment | null, ours: OurBooks | null) => ({
  there: there && { status: there.status.slice(0, 50), ...theirBooks(there) },
  here: ours && { status: ours.status, amount: ours.amount, refunded: ours.refund_amount },
})
