import { type ClosedReason, enterQueue as takePlace } from '@ticket-queue/lua/queue'
import { type AskDeps, admittedAnswer, readTicket, waitingAnswer, whatIsKnown } from '../answer-place.ts'
import type { Place } from '../domain/place.ts'
import { showSeats } from '../domain/show-seats.ts'
import type { ReadSchedule } from '../schedules.ts'

export interface EnterQueueDeps extends AskDeps {
  readonly readSchedule: ReadSchedule
}

export type Entered =
  | { kind: 'place'; place: Place }
  | { kind: 'SCHEDULE_NOT_FOUND' | 'QUEUE_FULL' | 'TICKET_INVALID' | ClosedReason }
  | { kind: 'SALE_NOT_OPEN'; saleStartAt: string; saleEndAt: string }
  | { kind: 'ALREADY_QUEUED_ELSEWHERE'; scheduleId: string }

/**
 * Gives a user a place in the queue of a schedule on sale; who has one or is inside already gets that (QUEUE-001, QUEUE-011). A
 * ticket of a queue that has been lost since gives back the place held in it.
 */
export async function enterQueue(
  deps: EnterQueueDeps,
  { ticket: text, ...who }: { scheduleId: string; userId: string; ticket?: string | undefined },
): Promise<Entered> {
  const ticket = readTicket(deps, who, text)
  if (ticket === null) return { kind: 'TICKET_INVALID' }
  const schedule = await deps.readSchedule(who.scheduleId)
  if (schedule === null) return { kind: 'SCHEDULE_NOT_FOUND' }
  const { saleStartAt, saleEndAt } = schedule
  if (!schedule.saleOpen) return { kind: 'SALE_NOT_OPEN', saleStartAt, saleEndAt }
  if (schedule.seatsTotal > 0 && schedule.seatsSold >= schedule.seatsTotal) return { kind: 'SOLD_OUT' }

  const known = await whatIsKnown(deps, who.scheduleId)
  const taken = await takePlace(deps.redis, { ...who, ...known, ticket })
  switch (taken.outcome) {
    case 'waiting':
      return { kind: 'place', place: showSeats(waitingAnswer(deps, who, taken, known.perSecond), known.seats) }
    case 'active':
      return { kind: 'place', place: showSeats(admittedAnswer(deps, who, taken), known.seats) }
    case 'elsewhere':
      return { kind: 'ALREADY_QUEUED_ELSEWHERE', scheduleId: taken.scheduleId }
    case 'closed':
      return { kind: taken.reason }
    case 'full':
      return { kind: 'QUEUE_FULL' }
    case 'draining':
      return { kind: 'SALE_NOT_OPEN', saleStartAt, saleEndAt }
  }
}
