import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from './database.ts'
import { isOverdue } from './reservations.ts'

/** What one person may have of an event, over all its schedules (RSV-005). */
export interface PersonLimit {
  readonly userId: string
  readonly eventId: string
  readonly seatsMax: number
  /** How many the person would like to have in this reservation. */
  readonly wanted: number
  /** The reservation that is to have them and does not count beside: itself, or a PENDING one of the same schedule, which the index refuses while it is PENDING. */
  readonly instead: { readonly reservationId: string } | { readonly scheduleId: string }
}

export interface LimitExceeded {
  readonly refused: 'PERSON_LIMIT_EXCEEDED'
  readonly limit: number
  /** How many seats the person has in other reservations of the event. */
  readonly held: number
}

/**
 * Runs `write` in one transaction if the person may have the seats, while no other hold of the same person and event is
 * being decided: two devices cannot both find room for their seats. The turn is taken before any row or seat is locked,
 * and by nobody who holds either, so that nobody waits for it in a ring.
 */
export async function withinPersonLimit<Written>(
  db: Kysely<Database>,
  limit: PersonLimit,
  write: (trx: Transaction<Database>) => Promise<Written>,
): Promise<Written | LimitExceeded> {
  try {
    return await inTransaction(db, async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`person-limit ${limit.userId} ${limit.eventId}`}, 0))`.execute(
        trx,
      )
      return (await exceeded(trx, limit)) ?? (await write(trx))
    })
  } catch (error) {
    if (error instanceof AboveLimit) return error.exceeded
    throw error
  }
}

/**
 * Takes back what `withinPersonLimit` has written if the person has too many seats with it. To be asked once a reservation is
 * written that was to be `instead` of a PENDING one of its schedule: that one may have become a ticket while the index was waited for.
 */
export async function stayWithinLimit(trx: Transaction<Database>, limit: PersonLimit): Promise<void> {
  const above = await exceeded(trx, limit)
  if (above !== null) throw new AboveLimit(above)
}

/** Rolls back the transaction that it is thrown in. */
class AboveLimit extends Error {
  readonly exceeded: LimitExceeded
  constructor(exceeded: LimitExceeded) {
    super('the person has more seats of the event than one may have')
    this.exceeded = exceeded
  }
}

async function exceeded(trx: Transaction<Database>, limit: PersonLimit): Promise<LimitExceeded | null> {
  const held = await countSeats(trx, limit)
  if (held + limit.wanted <= limit.seatsMax) return null
  return { refused: 'PERSON_LIMIT_EXCEEDED', limit: limit.seatsMax, held }
}

/** A statement of its own: it must see what was committed while the turn, or the index, was waited for. */
async function countSeats(trx: Transaction<Database>, { userId, eventId, instead }: PersonLimit): Promise<number> {
  const isInstead =
    'reservationId' in instead
      ? sql<boolean>`reservations.id = ${instead.reservationId}::uuid`
      : sql<boolean>`reservations.event_schedule_id = ${instead.scheduleId}::uuid AND reservations.status = 'PENDING'`
  const { rows } = await sql<{ seats_held: number }>`
    SELECT count(*)::int AS seats_held
    FROM reservations JOIN reservation_seats ON reservation_id = reservations.id AND active
    WHERE user_id = ${userId}::uuid AND event_id = ${eventId}::uuid AND status IN ('PENDING', 'CONFIRMED')
      AND NOT ${isOverdue} AND NOT (${isInstead})`.execute(trx)
  return rows[0]?.seats_held ?? 0
}
