import { type AskPlaceDeps, askPlace, type Status } from '../ask-place.ts'
import type { Place } from '../domain/place.ts'

type CameBack =
  | { kind: 'place'; place: Place }
  | { kind: Exclude<Place['closedReason'], null> | 'TICKET_INVALID' | 'ORDER_UNKNOWN' }
  | Extract<Status, { kind: 'limited' }>

/**
 * Gives who holds a place, is inside or proves a place by a ticket the answer to entering while nobody can tell whether the schedule is
 * on sale, or how its queue is run; nobody gets a new place unchecked: for everybody else `unanswered` is thrown.
 */
export async function comeBack(
  deps: AskPlaceDeps,
  who: { scheduleId: string; userId: string; ticket?: string | undefined },
  unanswered: Error,
): Promise<CameBack> {
  const status = await askPlace(deps, who)
  if (status.kind === 'limited') return status
  if (status.kind === 'place') {
    const { closedReason } = status.place
    return closedReason === null ? status : { kind: closedReason }
  }
  if (status.kind === 'NOT_QUEUED') throw unanswered
  return { kind: status.kind }
}
