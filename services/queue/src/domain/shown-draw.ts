import { z } from 'zod'

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

/** What is known of a draw. */
interface DrawFacts {
  readonly status: 'COMMITTED' | 'CLOSED' | 'DRAWN' | 'PUBLISHED' | 'VOID'
  readonly commitment: string
  readonly terms: { readonly closesAt: string; readonly beacon: { source: string; reference: string } | null }
  readonly closesAtMs: number
  readonly closed: { readonly count: number; readonly rosterDigest: string } | null
}

interface Seen {
  readonly nowMs: number
  /** Redis holds admission back until the order stands. */
  readonly isUndrawn: boolean
  readonly index: number | null
  readonly position: number | null
}

/** What is told of a draw to somebody with this index and position. */
export function showDraw(draw: DrawFacts, { nowMs, isUndrawn, index, position }: Seen): ShownDraw {
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

function phaseOf({ status, closesAtMs }: DrawFacts, isUndrawn: boolean, nowMs: number): ShownDraw['phase'] {
  if (status === 'VOID') return 'VOID'
  if (!isUndrawn) return 'DRAWN'
  return status === 'COMMITTED' && nowMs < closesAtMs ? 'PRE_QUEUE' : 'DRAWING'
}

/** Whether a draw still keeps everybody without a rank. */
export const hidesRank = ({ phase }: ShownDraw): boolean => phase === 'PRE_QUEUE' || phase === 'DRAWING'
