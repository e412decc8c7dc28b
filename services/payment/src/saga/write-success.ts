import { inTransaction } from '@ticket-queue/database'
import { addToOutbox, newEvent } from '@ticket-queue/messaging'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { PortonePayment } from '../domain/portone-payment.ts'
import { storableJson } from '../domain/storable-text.ts'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'
import { factsOf } from './payment-facts.ts'

/** A payment, as it was read, whose money is all there. */
export interface Success {
  readonly payment: PaymentRow
  readonly facts: PortonePayment | null
  readonly requestId: string
}

/**
 * The row since it is SUCCESS; `ended`: it was not PENDING any more, and nothing is written; `goes-back`: it has been begun to give
 * the money back, so that it buys nothing and nothing is written (M1).
 */
export type Succeeded = PaymentRow | 'ended' | 'goes-back'

/** So many rows are locked until the last of them is written, which takes a few milliseconds. */
export const successesMax = 25

/**
 * PENDING → SUCCESS and `PaymentSuccess` in one transaction (PAY-003, PAY-013); who comes second changes nothing. Several payments
 * at once share the transaction; it throws, and has written nothing, where the money of one of several goes back.
 */
export async function writeSuccesses(
  deps: { readonly db: Kysely<Database>; readonly wakeRelay: () => void },
  successes: readonly Success[],
): Promise<readonly Succeeded[]> {
  try {
    const rows = await inTransaction(deps.db, (trx) => writeAll(trx, successes))
    if (rows.size > 0) deps.wakeRelay()
    return successes.map(({ payment }) => rows.get(payment.id) ?? 'ended')
  } catch (error) {
    if (error instanceof GoesBack && successes.length === 1) return ['goes-back']
    throw error
  }
}

/** Found out with the rows locked, as who begins to give money back locks them: so that one of the two is first. */
class GoesBack extends Error {}

async function writeAll(trx: Transaction<Database>, successes: readonly Success[]): Promise<Map<string, PaymentRow>> {
  const rows = await updateRows(trx, successes)
  if (rows.size === 0) return rows
  await recordSuccesses(trx, [...rows.keys()])
  const asked = new Map(successes.map(({ payment, requestId }) => [payment.id, requestId]))
  await addToOutbox(
    trx,
    [...rows.values()].map((row) =>
      newEvent('PaymentSuccess', {
        aggregateId: row.id,
        correlationId: asked.get(row.id) ?? row.id,
        userId: row.user_id,
        payload: { ...factsOf(row), seatIds: row.seat_ids, paidAt: (row.paid_at as Date).toISOString() },
      }),
    ),
  )
  return rows
}

/** No further look at any of them, unless news that money has gone back came since it was read: that must not be swallowed. */
async function updateRows(trx: Transaction<Database>, successes: readonly Success[]): Promise<Map<string, PaymentRow>> {
  const paid = successes
    .map(({ payment: { id, version }, facts }) => ({
      id,
      version,
      transactionId: facts?.transactionId ?? null,
      response: facts,
    }))
    // In one order everywhere, so that two groups do not wait for each other's rows.
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const { rows } = await sql<PaymentRow>`
    UPDATE payments SET status = 'SUCCESS', paid_at = now(), portone_transaction_id = paid."transactionId",
      portone_response = paid.response, next_check_at = CASE WHEN news_version > paid.version THEN now() END,
      check_count = 0, last_check_error = NULL, version = payments.version + 1
    FROM jsonb_to_recordset(${storableJson(paid)}::jsonb)
      AS paid (id uuid, version int, "transactionId" text, response jsonb)
    WHERE payments.id = paid.id AND payments.status = 'PENDING'
    RETURNING payments.*`.execute(trx)
  return new Map(rows.map((row) => [row.id, row]))
}

async function recordSuccesses(trx: Transaction<Database>, paymentIds: readonly string[]): Promise<void> {
  const { rows } = await sql`
    INSERT INTO saga_steps (payment_id, step, state)
    SELECT id, 'SUCCESS', 'DONE' FROM unnest(${paymentIds}::uuid[]) AS won (id)
    WHERE NOT EXISTS (SELECT FROM saga_steps WHERE payment_id = won.id AND step = 'CANCEL' AND state = 'STARTED')
    RETURNING payment_id`.execute(trx)
  if (rows.length < paymentIds.length) throw new GoesBack()
}
