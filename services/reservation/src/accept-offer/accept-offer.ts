import type { InGroup } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import { describeEntry, isOffered } from '../domain/describe-entry.ts'
import { offersEndAt } from '../domain/offer-window.ts'
import type { PaymentToken, PaymentTokenInput } from '../payment-tokens.ts'
import type { Database } from '../store/database.ts'
import { findEntry } from '../store/waiting-list.ts'

export interface AcceptOfferDeps {
  readonly db: Kysely<Database>
  readonly catalogue: Catalogue
  readonly issuePaymentToken: InGroup<PaymentTokenInput, PaymentToken>
  readonly holdSeconds: number
}

export interface AcceptOfferInput {
  readonly userId: string
  readonly entryId: string
  readonly requestId: string
}

export type AcceptRefusal = { refused: 'WAITING_ENTRY_NOT_FOUND' | 'NOT_OFFERED' | 'OFFER_ENDED' }

/**
 * Gives who was offered seats the token to pay them with. The first time it also lets them last for as long as any hold, so
 * that who comes in the last minute has time to pay, but not past the end of all offers of the schedule (decision 0018). Throws
 * 503 when the event or the queue service is away; a repeat goes on.
 */
export async function acceptOffer(deps: AcceptOfferDeps, input: AcceptOfferInput) {
  const { userId, requestId } = input
  const seen = await findEntry(deps.db, input)
  if (seen !== null && isOffered(seen)) await lastLonger(deps, input, seen.schedule_id)
  const row = await findEntry(deps.db, input)
  if (row === null) return { refused: 'WAITING_ENTRY_NOT_FOUND' } satisfies AcceptRefusal
  const { status, offer, scheduleId } = describeEntry(row)
  if (status === 'WAITING') return { refused: 'NOT_OFFERED' } satisfies AcceptRefusal
  if (offer === null) return { refused: 'OFFER_ENDED' } satisfies AcceptRefusal
  const { reservationId, seats, totalAmount, expiresAt: holdExpiresAt } = offer
  const token = await deps.issuePaymentToken({ userId, scheduleId, reservationId, requestId })
  return { reservationId, status: 'PENDING' as const, seats, totalAmount, holdExpiresAt, ...token }
}

/** Once, and only while the offer lasts, by the database's clock. What was promised is never made shorter. */
async function lastLonger(
  { db, catalogue, holdSeconds }: AcceptOfferDeps,
  { userId, entryId }: AcceptOfferInput,
  scheduleId: string,
): Promise<void> {
  const schedule = await catalogue.schedule(scheduleId)
  if (schedule === null) return
  const holdEnd = sql`least(now() + make_interval(secs => ${holdSeconds}), ${offersEndAt(schedule)}::timestamptz)`
  await db
    .updateTable('reservations')
    .set({
      offer_accepted_at: sql<Date>`now()`,
      hold_expires_at: sql<Date>`greatest(hold_expires_at, ${holdEnd})`,
      version: sql<number>`version + 1`,
    })
    .where('waiting_list_entry_id', '=', entryId)
    .where('user_id', '=', userId)
    .where('status', '=', 'PENDING')
    .where('payment_started_at', 'is', null)
    .where('hold_expires_at', '>', sql<Date>`now()`)
    .where('offer_accepted_at', 'is', null)
    .execute()
}
