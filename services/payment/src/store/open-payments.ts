import { sql } from 'kysely'

/** Looks in vain after which a person must know: with their pauses about eight and a half minutes. */
const looksInVain = 8
/** What a payment may take beyond the end of its hold, in which the buyer may still pay. */
const graceMinutes = 10

const lastNewsOfIt = sql`coalesce(
  greatest(
    (SELECT max(w.received_at) FROM webhook_deliveries w WHERE w.portone_payment_id = p.portone_payment_id),
    (SELECT f.found_at FROM comparison_findings f
      WHERE f.portone_payment_id = p.portone_payment_id AND f.settled_at IS NULL)
  ), p.updated_at)`

/**
 * Every payment that is not at its end, by the database's clock: open ones, refunds due, failed ones of which it is not known
 * whether money has come or which has not gone back, and ended ones on which PortOne's books cannot be read. `is_unsettled`: its
 * time has come. `is_stuck`: a person must look; all of these are unsettled, so that the alarm names nothing that the list does not.
 */
export const openPayments = sql`
  SELECT p.id, p.portone_payment_id, p.status, p.check_count, p.last_check_error, p.next_check_at, p.created_at,
    p.refund_requested_at, kinds.kind,
    CASE kinds.kind
      WHEN 'REFUND_DUE' THEN p.refund_requested_at
      WHEN 'FOLLOW_UP' THEN ${lastNewsOfIt}
      WHEN 'LATE_MONEY' THEN coalesce(giving.since, p.failed_at)
      ELSE coalesce(giving.since, p.hold_expires_at)
    END AS since,
    p.status <> 'PENDING' OR p.hold_expires_at < now() OR giving.since IS NOT NULL OR p.check_count >= ${looksInVain}
      AS is_unsettled,
    p.check_count >= ${looksInVain}
      OR (p.status = 'PENDING' AND p.hold_expires_at < now() - make_interval(mins => ${graceMinutes})) AS is_stuck
  FROM payments p LEFT JOIN LATERAL (
    SELECT min(s.at) AS since FROM saga_steps s
    WHERE s.payment_id = p.id AND s.step = 'CANCEL' AND p.status IN ('PENDING', 'FAILED')
    HAVING (array_agg(s.state ORDER BY s.at DESC, s.id DESC))[1] <> 'DONE'
  ) AS giving ON true
  CROSS JOIN LATERAL (SELECT CASE
    WHEN p.status = 'SUCCESS' AND p.refund_due_amount IS NOT NULL THEN 'REFUND_DUE'
    WHEN p.status IN ('SUCCESS', 'REFUNDED') THEN 'FOLLOW_UP'
    WHEN p.status = 'FAILED' THEN 'LATE_MONEY'
    WHEN giving.since IS NOT NULL THEN 'COMPENSATION'
    ELSE 'PENDING_OVERDUE'
  END AS kind) AS kinds
  WHERE p.status = 'PENDING'
    OR (p.status = 'SUCCESS' AND p.refund_due_amount IS NOT NULL)
    OR (p.next_check_at IS NOT NULL AND p.check_count > 0)
    OR (p.next_check_at IS NOT NULL AND p.status = 'FAILED' AND giving.since IS NOT NULL)`
