import { drawStages, type TicketFacts, type ToldDraw, type UserInSchedule } from '@ticket-queue/lua/queue'
import type { Place } from './domain/place.ts'
import { hidesRank, type ShownDraw, showDraw } from './domain/shown-draw.ts'
import { type DrawnRosters, standingIn } from './drawn-rosters.ts'
import { drawnPlaceOf, isEntryPlace } from './known-draw.ts'
import type { KnownDraws } from './known-draws.ts'
import type { KnownMoments } from './known-moments.ts'

export interface DrawDeps {
  readonly draws: KnownDraws
  readonly rosters: DrawnRosters
}

/** What the scripts are told of a schedule's draw: of one whose roster is not loaded, no more than that there is one. */
export function toldDraw({ draws, rosters }: DrawDeps, scheduleId: string): ToldDraw | null {
  const draw = draws.of(scheduleId)
  if (draw === null || draw.closed === null || rosters.loaded(draw) !== null) return draw?.told ?? null
  return { ...draw.told, stage: drawStages.committed, closedUs: 0 }
}

/**
 * The place that a ticket proves once the roster has closed: one from before is the drawn place, or none of somebody who was not
 * in the roster. Where this process cannot tell, the ticket stays as it is, and so do the scripts know (`toldDraw`).
 */
export function ticketInDraw({ draws, rosters }: DrawDeps, who: UserInSchedule, ticket: TicketFacts): TicketFacts {
  const draw = draws.of(who.scheduleId)
  if (draw === null || !isEntryPlace(draw, ticket.scoreUs) || rosters.loaded(draw) === null) return ticket
  const { index, position } = standingIn(rosters, draw, who.userId)
  if (index === null) return { ...ticket, scoreUs: 0 }
  return position === null ? ticket : { ...ticket, scoreUs: drawnPlaceOf(position) }
}

/** The latest moment of a queue that this process knows of, the closing of its roster among them. */
export const latestMomentUs = (
  { draws, known }: DrawDeps & { readonly known: KnownMoments },
  scheduleId: string,
): number => Math.max(known.of(scheduleId), draws.of(scheduleId)?.told.closedUs ?? 0)

export interface SeenInDraw {
  readonly nowMs: number
  readonly isUndrawn: boolean
  /** The place in µs. */
  readonly scoreUs: number
}

/** What a person is told of the schedule's draw; null for first come, first served. */
export function drawOf({ draws, rosters }: DrawDeps, who: UserInSchedule, seen: SeenInDraw): ShownDraw | null {
  const draw = draws.of(who.scheduleId)
  if (draw === null) return null
  const isLate = draw.closed === null || seen.scoreUs > draw.told.closedUs
  const standing = isLate ? { index: null, position: null } : standingIn(rosters, draw, who.userId)
  return showDraw(draw, { ...seen, ...standing })
}

/** Puts the draw into an answer; while it is to come there is neither rank nor wait. */
export function withDraw(place: Place, draw: ShownDraw | null): Place {
  place.draw = draw
  if (draw === null || place.status !== 'WAITING' || !hidesRank(draw)) return place
  return { ...place, rank: null, aheadOfYou: null, estimatedWaitTime: null, estimatedWaitRange: null, outlook: null }
}
