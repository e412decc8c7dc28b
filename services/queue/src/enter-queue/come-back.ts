import type { ClosedReason } from '@ticket-queue/lua/queue'
import { type AskPlaceDeps, askPlace, type Status } from '../ask-place.ts'
import type { Place } from '../domain/place.ts'

interface ComesBack {
  readonly scheduleId: string
  readonly userId: string
  readonly ticket?: string | undefined
}

type CameBack =
  | { kind: 'place'; place: Place }
  | { kind: ClosedReason | 'TICKET_INVALID' | 'ORDER_UNKNOWN' }
  | Extract<Status, { kind: 'limited' }>

/**
 * Gives who holds a place, is inside or proves a place by a ticket the answer to entering while nobody can tell whether the schedule is
 * on sale, or how its queue is run; nobody gets a new place unchecked: for everybody else `unanswered` is thrown.
 */
export async function comeBack(deps: AskPlaceDeps, who: ComesBack, unanswered: Error): Promise<CameBack> {
  const status = await askPlace(deps, who)
  const told = toldOf(status)
  if (told === null) throw unanswered
  return told
}

/**
 * Gives who comes with a ticket to a queue that takes in nobody any more what a poll tells, so that the place or the stay goes on, or
 * comes back; for everybody else `refusal`, without a look at the queue where no ticket is shown.
 */
export async function keepPlace<Refusal extends { kind: string }>(
  deps: AskPlaceDeps,
  who: ComesBack,
  refusal: Refusal,
): Promise<Refusal | CameBack> {
  if (who.ticket === undefined) return refusal
  return toldOf(await askPlace(deps, who)) ?? refusal
}

/** A queue that is closed tells everybody so; who keeps a place in it gets a ticket too. Null for who has no place. */
function toldOf(status: Status): CameBack | null {
  if (status.kind === 'limited') return status
  if (status.kind !== 'place') return status.kind === 'NOT_QUEUED' ? null : { kind: status.kind }
  const { closedReason, ticket } = status.place
  return closedReason === null || ticket !== null ? status : { kind: closedReason }
}
