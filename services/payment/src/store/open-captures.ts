import { type Kysely, sql } from 'kysely'
import type { Database } from './database.ts'
import type { PaymentRow } from './payments.ts'

/** A window that was approved, and whose capture PortOne has not refused in a way that settles it. */
export interface OpenCapture {
  readonly paymentToken: string
  /** Whether its money has moved by PortOne's own word, or it was last asked for so recently that the request may still run. */
  readonly mayMove: boolean
}

/** No request still runs at PortOne, and no approval can still be captured, so long after it was last asked for. */
export const runningMinutesMax = 10
const stepsMax = 1_000

/**
 * The captures of a payment whose money may move or have moved, the oldest first. Each payment window has a token of its own, so
 * that what becomes of one says nothing of another.
 */
export async function openCaptures(db: Kysely<Database>, paymentId: string): Promise<readonly OpenCapture[]> {
  const [found] = await readCaptures(db, [paymentId])
  return found?.captures ?? []
}

/** A payment and its open captures, read at one moment. */
export interface Read {
  readonly payment: PaymentRow
  readonly captures: readonly OpenCapture[]
}

/** Payments with their open captures, in the order of the IDs; null for each that is unknown. */
export async function readCaptures(
  db: Kysely<Database>,
  paymentIds: readonly string[],
): Promise<readonly (Read | null)[]> {
  const { rows } = await sql<PaymentRow & Pick<Read, 'captures'>>`
    SELECT payments.*, (
      SELECT coalesce(jsonb_agg(
        jsonb_build_object('paymentToken', "paymentToken", 'mayMove', "mayMove") ORDER BY "firstAt"
      ), '[]')
      FROM (
        SELECT detail ->> 'paymentToken' AS "paymentToken", min(at) AS "firstAt",
          coalesce(bool_or(state = 'DONE' OR detail ->> 'type' = 'ALREADY_PAID')
            OR max(at) FILTER (WHERE state = 'STARTED') > now() - make_interval(mins => ${runningMinutesMax}), false)
            AS "mayMove"
        FROM (SELECT * FROM saga_steps WHERE payment_id = payments.id AND step = 'CAPTURE'
          AND detail ? 'paymentToken' ORDER BY at DESC LIMIT ${stepsMax}) AS steps
        GROUP BY 1
        HAVING (array_agg(state ORDER BY at DESC, id DESC) FILTER (WHERE state <> 'UNKNOWN'))[1] IS DISTINCT FROM 'FAILED'
      ) AS open_captures
    ) AS captures
    FROM payments WHERE id = ANY (${[...paymentIds]}::uuid[])`.execute(db)
  const byId = new Map(rows.map(({ captures, ...payment }) => [payment.id, { payment, captures }]))
  return paymentIds.map((id) => byId.get(id) ?? null)
}
