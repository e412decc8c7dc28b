import type { InternalSchedule } from '@ticket-queue/contracts/http/event'

/** What the event service's word means for the queue: open it, close it for a reason, or leave it as it is. */
export type SaleVerdict = 'OPEN' | 'LEAVE' | 'SOLD_OUT' | 'SALE_ENDED' | 'CANCELLED'

export type SaleFacts = Pick<
  InternalSchedule,
  'status' | 'eventStatus' | 'saleOpen' | 'saleEndAt' | 'seatsTotal' | 'seatsSold'
>

/**
 * Judges a schedule at `nowMs` (unix ms, Redis time). A seat that is only held may come back, so only the last *sold* seat closes
 * the queue. A sale that is not open is over once its end has passed, and has not begun before: then nothing is closed.
 */
export function judgeSale(facts: SaleFacts, nowMs: number): SaleVerdict {
  if (facts.status === 'CANCELLED' || facts.eventStatus === 'CANCELLED') return 'CANCELLED'
  if (facts.status === 'ENDED' || facts.eventStatus === 'ENDED') return 'SALE_ENDED'
  if (!facts.saleOpen) return nowMs >= Date.parse(facts.saleEndAt) ? 'SALE_ENDED' : 'LEAVE'
  return facts.seatsTotal > 0 && facts.seatsSold >= facts.seatsTotal ? 'SOLD_OUT' : 'OPEN'
}
