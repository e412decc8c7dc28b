import { heldSeatsKey, holdKey, readHolds } from '@ticket-queue/lua/seat'
import { sql } from 'kysely'
import type { Books } from './books.ts'
import type { Finding, Rule } from './rule.ts'

async function holdsHaveOwners(books: Books): Promise<Finding> {
  const { rows } = await sql<{ scheduleId: string }>`
    SELECT DISTINCT event_schedule_id AS "scheduleId" FROM reservation_service.reservations
  `.execute(books.database.db)
  const violations: string[] = []
  let examined = 0
  for (const { scheduleId } of rows) {
    const held = await readHolds(books.redis, scheduleId)
    examined += held.length
    for (const seatId of held) {
      const owner = await books.redis.client.get(holdKey(scheduleId, seatId))
      if (owner !== null && !(await ownsSeat(books, owner, seatId))) {
        violations.push(
          `${heldSeatsKey(scheduleId)}: seat ${seatId} is held by ${owner}, which has no live reservation of it`,
        )
      }
    }
  }
  return { examined, violations }
}

async function ownsSeat(books: Books, reservationId: string, seatId: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM reservation_service.reservation_seats
    WHERE reservation_id::text = ${reservationId} AND seat_id = ${seatId} AND active
  `.execute(books.database.db)
  return rows.length > 0
}

/** S3 of reliability.md from the side of Redis: a hold without a reservation would keep a seat from being sold. */
export const redisRules: readonly Rule[] = [
  { name: 'every hold in Redis belongs to a live reservation', check: holdsHaveOwners },
]
