import { askPlace } from '../ask-place.ts'
import type { Entered, EnterQueueDeps, Entry } from './enter-queue.ts'

/**
 * Gives who holds a place, is inside or proves a place by a ticket the answer to entering while nobody can tell whether the schedule is
 * on sale; nobody gets a new place unchecked: for everybody else `unanswered` is thrown.
 */
export async function comeBack(deps: EnterQueueDeps, entry: Entry, unanswered: Error): Promise<Entered> {
  const status = await askPlace({ ...deps, pollsPerMinute: deps.entersPerMinute }, entry)
  if (status.kind === 'limited') return status
  if (status.kind === 'place') {
    const { closedReason } = status.place
    return closedReason === null ? status : { kind: closedReason }
  }
  if (status.kind === 'NOT_QUEUED') throw unanswered
  return { kind: status.kind }
}
