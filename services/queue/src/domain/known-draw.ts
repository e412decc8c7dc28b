import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { drawStages, type ToldDraw } from '@ticket-queue/lua/queue'
import { z } from 'zod'
import type { StoredDraw } from '../store/draws.ts'

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

/**
 * The place in µs of a position of the draw: from just before the pre-queue opened, so that it lies before every late-comer's and
 * is never taken for a place in entry order. Null in a draw whose order is not known, or is the entry order.
 */
export function drawnPlaceUs({ told, closed, drawn }: KnownDraw, position: number): number | null {
  return closed === null || drawn === null ? null : told.opensUs - closed.count + position
}

/** Whether a place in µs is from before the closing and not a drawn one. */
export const isEntryPlace = ({ told }: KnownDraw, placeUs: number): boolean =>
  placeUs >= told.opensUs && placeUs <= told.closedUs

type SaleFacts = Pick<InternalSchedule, 'status' | 'eventStatus' | 'saleEndAt'>

/** Whether people may enter though the sale is not open: from the opening of the pre-queue on, unless the show is off or over. */
export function isPreQueueOpen({ terms }: KnownDraw, schedule: SaleFacts, nowMs: number): boolean {
  if (schedule.eventStatus !== 'OPEN' || schedule.status === 'CANCELLED' || schedule.status === 'ENDED') return false
  return nowMs >= Date.parse(terms.opensAt) && nowMs < Date.parse(schedule.saleEndAt)
}

/** What somebody who waits is told of a draw. */
export const shownDrawSchema = z
  .object({
    /** PRE_QUEUE: the roster is open. DRAWING: closed, nobody is admitted yet. DRAWN: people are admitted in drawn order. VOID: in entry order. */
    phase: z.enum(['PRE_QUEUE', 'DRAWING', 'DRAWN', 'VOID']),
    /** T-0 as announced; a sale that has moved later moves it too. */
    drawsAt: z.iso.datetime(),
    commitment: z.string(),
    /** Whose value the order awaits once the roster is closed. */
    beacon: z.object({ source: z.string(), reference: z.string() }).nullable(),
    /** People in the closed roster. */
    count: z.int().nonnegative().nullable(),
    rosterDigest: z.string().nullable(),
    /** Yours, in entry order from 0; null before the closing, and of late-comers. */
    index: z.int().nonnegative().nullable(),
    /** Yours after the draw: how many were before you in the drawn order. */
    position: z.int().nonnegative().nullable(),
  })
  .meta({ id: 'QueuePlaceDraw' })

export type ShownDraw = z.infer<typeof shownDrawSchema>

interface Seen {
  readonly nowMs: number
  /** Redis holds admission back until the order stands. */
  readonly isUndrawn: boolean
  readonly index: number | null
  readonly position: number | null
}

/** What is told of a draw to somebody with this index and position. */
export function showDraw(draw: KnownDraw, { nowMs, isUndrawn, index, position }: Seen): ShownDraw {
  const { terms, closed, commitment } = draw
  return {
    phase: phaseOf(draw, isUndrawn, nowMs),
    drawsAt: terms.closesAt,
    commitment,
    beacon: terms.beacon,
    count: closed?.count ?? null,
    rosterDigest: closed?.rosterDigest ?? null,
    index,
    position,
  }
}

function phaseOf({ status, closesAtMs }: KnownDraw, isUndrawn: boolean, nowMs: number): ShownDraw['phase'] {
  if (status === 'VOID') return 'VOID'
  if (!isUndrawn) return 'DRAWN'
  return status === 'COMMITTED' && nowMs < closesAtMs ? 'PRE_QUEUE' : 'DRAWING'
}

/** Whether a draw still keeps everybody without a rank. */
export const hidesRank = ({ phase }: ShownDraw): boolean => phase === 'PRE_QUEUE' || phase === 'DRAWING'
