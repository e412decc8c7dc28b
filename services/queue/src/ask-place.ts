import { type AskDeps, admittedAnswer, closedAnswer, readTicket, waitingAnswer, whatIsKnown } from './answer-place.ts'
import type { Place } from './domain/place.ts'
import { showSeats } from './domain/show-seats.ts'

export interface AskPlaceDeps extends AskDeps {
  readonly pollsPerMinute: number
}

export type Status =
  | { kind: 'place'; place: Place }
  | { kind: 'NOT_QUEUED' | 'TICKET_INVALID' | 'ORDER_UNKNOWN' }
  | { kind: 'limited'; retryAfterMs: number }

/**
 * Tells a user the place in a schedule's queue and keeps it alive; refuses who asks too often before the advised time (QUEUE-002,
 * QUEUE-008). A ticket of a queue that has been lost since gives back the place held in it.
 */
export async function askPlace(
  deps: AskPlaceDeps,
  { ticket: text, ...who }: { scheduleId: string; userId: string; ticket?: string | undefined },
): Promise<Status> {
  const ticket = readTicket(deps, who, text)
  if (ticket === null) return { kind: 'TICKET_INVALID' }
  const known = await whatIsKnown(deps, who.scheduleId)
  const read = await deps.answerPoll({ ...who, ...known, ticket, pollsPerMinute: deps.pollsPerMinute })
  switch (read.outcome) {
    case 'waiting':
      return { kind: 'place', place: showSeats(waitingAnswer(deps, who, read, known.outflow), known.seats) }
    case 'active':
      return { kind: 'place', place: showSeats(admittedAnswer(deps, who, read), known.seats) }
    case 'closed':
      return { kind: 'place', place: showSeats(closedAnswer(deps, who, read), known.seats) }
    case 'absent':
      return { kind: 'NOT_QUEUED' }
    case 'unclear':
      return { kind: 'ORDER_UNKNOWN' }
    case 'limited':
      return { kind: 'limited', retryAfterMs: read.retryAfterMs }
  }
}
