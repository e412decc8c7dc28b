import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { EntryRow } from '../domain/describe-entry.ts'
import type { Database, WaitingListEntriesStatus } from './database.ts'
import { isOverdue, showStartsAt } from './reservations.ts'

type Handle = Kysely<Database> | Transaction<Database>
type End = Exclude<WaitingListEntriesStatus, 'WAITING' | 'OFFERED'>

/** Ends the places whose offer has been paid or is over, in the transaction that ends it; `entryIds` may hold nothing. */
export async function endOffers(
  trx: Transaction<Database>,
  entryIds: readonly (string | null)[],
  end: End,
): Promise<void> {
  const offered = entryIds.filter((id) => id !== null)
  if (offered.length === 0) return
  await trx
    .updateTable('waiting_list_entries')
    .set({ status: end, ended_at: sql<Date>`now()` })
    .where('id', 'in', offered)
    .where('status', '=', 'OFFERED')
    .execute()
}

/** One place, as its owner sees it; null for an unknown one and for somebody else's. */
export async function findEntry(
  db: Handle,
  { userId, entryId }: { readonly userId: string; readonly entryId: string },
): Promise<EntryRow | null> {
  const [row] = await findEntries(db, sql`entry.id = ${entryId}::uuid AND entry.user_id = ${userId}::uuid`)
  return row ?? null
}

/** The place in which a person waits for, or is offered, seats of a schedule; null for nobody. */
export async function findLiveEntry(
  db: Handle,
  { userId, scheduleId }: { readonly userId: string; readonly scheduleId: string },
): Promise<EntryRow | null> {
  const [row] = await findEntries(
    db,
    sql`entry.schedule_id = ${scheduleId}::uuid AND entry.user_id = ${userId}::uuid AND entry.status IN ('WAITING', 'OFFERED')`,
  )
  return row ?? null
}

/** A page of a person's places, newest first. */
export const findEntriesOf = (db: Handle, { userId, page, size }: { userId: string; page: number; size: number }) =>
  findEntries(db, sql`entry.user_id = ${userId}::uuid`, sql`LIMIT ${size} OFFSET ${page * size}`)

/** `ahead`: people who wait longer and whose wish is for seats that this one's is for, too. */
async function findEntries(
  db: Handle,
  condition: RawBuilder<unknown>,
  page: RawBuilder<unknown> = sql`LIMIT 1`,
): Promise<EntryRow[]> {
  const { rows } = await sql<EntryRow>`
    SELECT entry.*, ${showStartsAt(sql`entry.schedule_id`, sql`entry.event_start_at`)} AS show_starts_at, CASE WHEN entry.status = 'WAITING' THEN (
        SELECT count(*)::int FROM waiting_list_entries AS other
        WHERE other.schedule_id = entry.schedule_id AND other.status = 'WAITING' AND other.position < entry.position
          AND (other.grade IS NULL OR entry.grade IS NULL OR other.grade = entry.grade)
      ) END AS ahead,
      reservations.id AS reservation_id, total_amount, hold_expires_at, payment_started_at,
      coalesce(${isOverdue}, false) AS is_overdue,
      (SELECT coalesce(jsonb_agg(
          jsonb_build_object('seatId', seat_id, 'seatNumber', seat_number, 'grade', seat.grade, 'price', price)
          ORDER BY seat_number
        ), '[]') FROM reservation_seats AS seat WHERE seat.reservation_id = reservations.id) AS seats
    FROM waiting_list_entries AS entry LEFT JOIN reservations ON waiting_list_entry_id = entry.id
    WHERE ${condition}
    ORDER BY entry.position DESC ${page}`.execute(db)
  return rows
}
