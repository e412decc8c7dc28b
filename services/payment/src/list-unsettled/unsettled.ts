import { sql } from 'kysely'

/**
 * Everything that is not settled though its time has come, by the database's clock: payments still PENDING after their hold,
 * money that was to go back and has not, refunds due, and open findings of the comparison with PortOne's books.
 */
export const unsettled = sql`
  SELECT
    CASE
      WHEN p.status = 'SUCCESS' THEN 'REFUND_DUE'
      WHEN p.status = 'FAILED' THEN 'LATE_MONEY'
      WHEN giving.since IS NOT NULL THEN 'COMPENSATION'
      ELSE 'PENDING_OVERDUE'
    END AS kind,
    p.id AS payment_id, p.portone_payment_id,
    CASE WHEN p.status = 'SUCCESS' THEN p.refund_requested_at ELSE coalesce(giving.since, p.hold_expires_at) END AS since,
    p.last_check_error AS last_outcome, p.check_count AS looks, p.next_check_at,
    NULL::text AS difference, NULL::text AS day, NULL::jsonb AS detail
  FROM payments p LEFT JOIN LATERAL (
    SELECT min(s.at) AS since FROM saga_steps s
    WHERE s.payment_id = p.id AND s.step = 'CANCEL' AND p.status IN ('PENDING', 'FAILED')
    HAVING (array_agg(s.state ORDER BY s.at DESC, s.id DESC))[1] <> 'DONE'
  ) AS giving ON true
  WHERE p.next_check_at IS NOT NULL AND (
    p.status = 'PENDING' AND (p.hold_expires_at < now() OR giving.since IS NOT NULL)
    OR p.status = 'SUCCESS' AND p.refund_due_amount IS NOT NULL
    OR p.status = 'FAILED' AND giving.since IS NOT NULL
  )
  UNION ALL
  SELECT 'FINDING', f.payment_id, f.portone_payment_id, f.found_at, f.last_error, f.looks, f.next_look_at,
    f.kind, f.day::text, f.detail
  FROM comparison_findings f WHERE f.settled_at IS NULL`
