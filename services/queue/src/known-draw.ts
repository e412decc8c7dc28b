import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { drawnPlaceMax, drawStages, type ToldDraw } from '@ticket-queue/lua/queue'
import type { StoredDraw } from './store/draws.ts'

/** The draw of a schedule with what the scripts are told of it. */
export interface KnownDraw extends StoredDraw {
  readonly told: ToldDraw
  /** Unix ms of the announced T-0. */
  readonly closesAtMs: number
}

const stageOf = {
  COMMITTED: drawStages.committed,
  CLOSED: drawStages.closed,
  DRAWN: drawStages.decided,
  PUBLISHED: drawStages.decided,
  VOID: drawStages.decided,
} as const

const toUs = (time: string): number => Date.parse(time) * 1_000

export function knownDraw(draw: StoredDraw): KnownDraw {
  const { terms, closed } = draw
  const opensUs = toUs(terms.opensAt)
  const closedUs = closed === null ? 0 : toUs(closed.closedAt)
  const told = { id: draw.id, stage: stageOf[draw.status], opensUs, closedUs }
  return { ...draw, told, closesAtMs: Date.parse(terms.closesAt) }
}

/** The place that a position of the draw is in the queue: before that of everybody whose place is a moment. */
export const drawnPlaceOf = (position: number): number => position + 1

/** Whether a place is a moment (µs) from before the closing, and so not a drawn one. */
export const isEntryPlace = ({ told }: KnownDraw, place: number): boolean =>
  place > drawnPlaceMax && place <= told.closedUs

type SaleFacts = Pick<InternalSchedule, 'status' | 'eventStatus' | 'saleEndAt'>

/** Whether people may enter though the sale is not open: from the opening of the pre-queue on, unless the show is off or over. */
export function isPreQueueOpen({ terms }: KnownDraw, schedule: SaleFacts, nowMs: number): boolean {
  if (schedule.eventStatus !== 'OPEN' || schedule.status === 'CANCELLED' || schedule.status === 'ENDED') return false
  return nowMs >= Date.parse(terms.opensAt) && nowMs < Date.parse(schedule.saleEndAt)
}
