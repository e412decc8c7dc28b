import { type Kysely, sql } from 'kysely'
import type { Database } from '../store/database.ts'
import type { PaymentRow } from '../store/payments.ts'

/** What a new payment's row has of its own. */
export type NewPayment = Pick<
  PaymentRow,
  | 'id'
  | 'reservation_id'
  | 'user_id'
  | 'schedule_id'
  | 'seat_ids'
  | 'payment_key'
  | 'request_fingerprint'
  | 'amount'
  | 'payment_method'
  | 'store_id'
  | 'channel_key'
  | 'portone_payment_id'
> & { readonly hold_expires_at: string; readonly first_check_seconds: number }

/** The step in which PortOne is told of a payment. */
export const preRegisterStep = 'PRE_REGISTER'

/**
 * Writes PENDING payments and that each is about to be registered at PortOne, in one statement. Null for one whose key, or whose
 * reservation, has a payment already (PAY-004).
 */
export async function openPayments(
  db: Kysely<Database>,
  payments: readonly NewPayment[],
): Promise<readonly (PaymentRow | null)[]> {
  const { rows } = await sql<PaymentRow>`
    WITH opened AS (
      INSERT INTO payments (id, reservation_id, user_id, schedule_id, seat_ids, hold_expires_at, payment_key, request_fingerprint,
        amount, payment_method, status, store_id, channel_key, portone_payment_id, next_check_at)
      SELECT id, reservation_id, user_id, schedule_id, seat_ids, hold_expires_at, payment_key, request_fingerprint,
        amount, payment_method, 'PENDING', store_id, channel_key, portone_payment_id,
        now() + make_interval(secs => first_check_seconds)
      FROM jsonb_to_recordset(${JSON.stringify(payments)}::jsonb) AS wanted (
        id uuid, reservation_id uuid, user_id uuid, schedule_id uuid, seat_ids uuid[], hold_expires_at timestamptz, payment_key text,
        request_fingerprint text, amount bigint, payment_method text, store_id text, channel_key text, portone_payment_id text,
        first_check_seconds float8
      )
      ON CONFLICT DO NOTHING
      RETURNING *
    ), begun AS (
      INSERT INTO saga_steps (payment_id, step, state) SELECT id, ${preRegisterStep}, 'STARTED' FROM opened
    )
    SELECT * FROM opened`.execute(db)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return payments.map(({ id }) => byId.get(id) ?? null)
}
