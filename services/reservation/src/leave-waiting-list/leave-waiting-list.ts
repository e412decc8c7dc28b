import { inTransaction } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import { type Kysely, sql, type Transaction } from 'kysely'
import { releaseEnded } from '../release-ended.ts'
import { cancelRows, type EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { findEntry } from '../store/waiting-list.ts'

export interface LeaveWaitingListDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly log: Log
  readonly wakeRelay: () => void
}

export interface LeaveWaitingListInput {
  readonly userId: string
  readonly entryId: string
  readonly requestId: string
}

/** `OFFER_ENDED`: the seats have been bought, and are given back as any ticket. */
export type LeaveOutcome = 'left' | 'WAITING_ENTRY_NOT_FOUND' | 'PAYMENT_IN_PROGRESS' | 'OFFER_ENDED'

/**
 * Gives up a place, whatever has become of it: who waits leaves, who has been offered seats declines them, and they go to the
 * next in line. A place that is over already stays as it is.
 */
export async function leaveWaitingList(
  deps: LeaveWaitingListDeps,
  input: LeaveWaitingListInput,
): Promise<LeaveOutcome> {
  if (await stopWaiting(deps.db, input)) return 'left'
  const row = await findEntry(deps.db, input)
  if (row === null) return 'WAITING_ENTRY_NOT_FOUND'
  if (row.status === 'TAKEN') return 'OFFER_ENDED'
  const reservationId = row.reservation_id
  if (row.status !== 'OFFERED' || reservationId === null) return 'left'
  const { outcome, ended } = await inTransaction(deps.db, (trx) => decline(trx, { ...input, reservationId }))
  if (ended.length > 0) {
    deps.wakeRelay()
    await releaseEnded(deps, ended)
  }
  return outcome
}

async function stopWaiting(db: Kysely<Database>, { userId, entryId }: LeaveWaitingListInput): Promise<boolean> {
  const left = await db
    .updateTable('waiting_list_entries')
    .set({ status: 'LEFT', ended_at: sql<Date>`now()` })
    .where('id', '=', entryId)
    .where('user_id', '=', userId)
    .where('status', '=', 'WAITING')
    .executeTakeFirst()
  return left.numUpdatedRows === 1n
}

interface Declined {
  readonly outcome: LeaveOutcome
  readonly ended: readonly EndedSeats[]
}

async function decline(
  trx: Transaction<Database>,
  { reservationId, requestId }: LeaveWaitingListInput & { readonly reservationId: string },
): Promise<Declined> {
  const row = await trx
    .selectFrom('reservations')
    .select(['status', 'payment_started_at'])
    .where('id', '=', reservationId)
    .forUpdate()
    .executeTakeFirst()
  if (row?.status === 'CONFIRMED') return { outcome: 'OFFER_ENDED', ended: [] }
  if (row?.status === 'PENDING' && row.payment_started_at !== null) return { outcome: 'PAYMENT_IN_PROGRESS', ended: [] }
  const ended = await cancelRows(trx, {
    reservationIds: [reservationId],
    from: 'PENDING',
    reason: 'HOLD_RELEASED',
    correlationId: requestId,
  })
  return { outcome: 'left', ended }
}
