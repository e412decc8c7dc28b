import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { currentPolicy } from './cancellation-policies.ts'
import { quoteCancellation } from './quote-cancellation.ts'

/**
 * When the last offer of a schedule ends, as ISO time: with the sale, and no later than tickets can be given back, so that
 * whoever takes an offer has the rights of any buyer (decision 0018).
 */
export function offersEndAt({ saleEndAt, eventStartAt }: Pick<InternalSchedule, 'saleEndAt' | 'eventStartAt'>): string {
  const showStartsAt = new Date(eventStartAt)
  const sold = { policy: currentPolicy, bookedAt: showStartsAt, showStartsAt, isMoved: false, prices: [] }
  const { allowedUntil } = quoteCancellation(sold, showStartsAt)
  return new Date(Math.min(allowedUntil.getTime(), Date.parse(saleEndAt))).toISOString()
}
