import { type Kysely, sql } from 'kysely'
import type { Difference } from '../domain/compare-payment.ts'
import type { UnsettledKind } from '../domain/unsettled-kinds.ts'
import type { Database, PaymentsStatus } from '../store/database.ts'
import { missingTickets } from '../store/missing-tickets.ts'
import { openPayments } from '../store/open-payments.ts'

export interface ListUnsettledDeps {
  readonly db: Kysely<Database>
}

/** Something an operator may have to look at; amounts in won. */
export interface UnsettledItem {
  readonly kind: UnsettledKind
  readonly paymentId: string | null
  readonly portonePaymentId: string
  readonly reservationId: string | null
  readonly userId: string | null
  readonly status: PaymentsStatus | null
  readonly amount: number | null
  /** Since when it should have been over. */
  readonly since: string
  readonly ageSeconds: number
  readonly lastStep: { step: string; state: string; attempt: number; at: string } | null
  readonly lastOutcome: string | null
  readonly looks: number
  readonly nextCheckAt: string | null
  /** What the two books say, where a comparison has found it. */
  readonly finding: { difference: Difference; day: string; detail: unknown } | null
}

export interface UnsettledPage {
  readonly list: UnsettledItem[]
  readonly page: number
  readonly size: number
  readonly totalElements: number
  /** The database's time of the answer. */
  readonly asOf: string
}

/** Payments whose time has come, open findings of the comparison with PortOne's books, and money without a ticket. */
const unsettled = sql`
  SELECT o.kind, o.id AS payment_id, o.portone_payment_id, o.since, o.last_check_error AS last_outcome, o.check_count AS looks,
    o.next_check_at, NULL::text AS difference, NULL::text AS day, NULL::jsonb AS detail
  FROM (${openPayments}) AS o WHERE o.is_unsettled
  UNION ALL
  SELECT 'FINDING', f.payment_id, f.portone_payment_id, f.found_at, f.last_error, f.looks, f.next_look_at,
    f.kind, f.day::text, f.detail
  FROM comparison_findings f WHERE f.settled_at IS NULL
  UNION ALL
  SELECT 'TICKET_MISSING', m.payment_id, paid.portone_payment_id, paid.paid_at, m.last_outcome, m.looks, NULL, NULL, NULL, NULL
  FROM (${missingTickets}) AS m JOIN payments paid ON paid.id = m.payment_id`

type Row = Omit<UnsettledItem, 'since' | 'nextCheckAt'> & { readonly since: Date; readonly nextCheckAt: Date | null }

/** One page of everything that is not settled though its time has come (M7), the oldest first; `page` counts from 0. */
export async function listUnsettled(
  deps: ListUnsettledDeps,
  input: { page: number; size: number },
): Promise<UnsettledPage> {
  const [list, counted] = await Promise.all([
    sql<Row>`
      SELECT u.kind, u.payment_id AS "paymentId", u.portone_payment_id AS "portonePaymentId",
        p.reservation_id AS "reservationId", p.user_id AS "userId", p.status, p.amount::float8 AS amount,
        u.since, extract(epoch FROM now() - u.since)::int AS "ageSeconds",
        (SELECT jsonb_build_object('step', s.step, 'state', s.state, 'attempt', s.attempt, 'at', s.at)
          FROM saga_steps s WHERE s.payment_id = u.payment_id ORDER BY s.at DESC, s.id DESC LIMIT 1) AS "lastStep",
        u.last_outcome AS "lastOutcome", u.looks, u.next_check_at AS "nextCheckAt",
        CASE WHEN u.difference IS NOT NULL
          THEN jsonb_build_object('difference', u.difference, 'day', u.day, 'detail', u.detail) END AS finding
      FROM (${unsettled}) AS u LEFT JOIN payments p ON p.id = u.payment_id
      ORDER BY u.since, u.portone_payment_id, u.kind
      LIMIT ${input.size} OFFSET ${input.page * input.size}`.execute(deps.db),
    sql<{ total: number; now: Date }>`SELECT count(*)::int AS total, now() AS now FROM (${unsettled}) AS u`.execute(
      deps.db,
    ),
  ])
  const { total = 0, now } = counted.rows[0] ?? {}
  if (!now) throw new Error('a count gave no row')
  return { list: list.rows.map(itemOf), ...input, totalElements: total, asOf: now.toISOString() }
}

const itemOf = (row: Row): UnsettledItem => ({
  ...row,
  since: row.since.toISOString(),
  nextCheckAt: row.nextCheckAt?.toISOString() ?? null,
})
