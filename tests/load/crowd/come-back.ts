import { sql } from 'kysely'
import type { Rule } from '../../invariants/rule.ts'
import type { Hold } from './buyer.ts'

/** What people walked away from: each such reservation has ended by itself and keeps no seat (RSV-007). */
export function comeBack(abandoned: readonly Hold[]): Rule {
  const ids = abandoned.map((hold) => hold.reservationId)
  return {
    name: 'seats of abandoned holds came back',
    check: async (books) => {
      const { rows } = await sql<{ what: string }>`
        SELECT format('reservation %s is %s (%s) with %s live seats', r.id, r.status, coalesce(r.cancel_reason, '-'),
          count(*) FILTER (WHERE s.active)) AS what
        FROM reservation_service.reservations r JOIN reservation_service.reservation_seats s ON s.reservation_id = r.id
        WHERE r.id = ANY(${ids}::uuid[])
        GROUP BY r.id HAVING r.cancel_reason IS DISTINCT FROM 'HOLD_EXPIRED' OR bool_or(s.active)
      `.execute(books.database.db)
      return { examined: ids.length, violations: rows.map((row) => row.what) }
    },
  }
}
