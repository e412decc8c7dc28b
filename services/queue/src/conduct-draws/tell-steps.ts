import { tellDraw } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { drawSteps } from '../domain/draw-steps.ts'
import type { KnownDraw } from '../known-draw.ts'

/** Who took a step of which nobody has kept that. */
const nobodyKnown = 'conduct-draws'

/** Writes into the log what has become of a draw and does not stand there yet. */
export async function tellSteps(
  { redis }: { readonly redis: RedisClient },
  draw: KnownDraw,
  { toldStage, isUndrawn }: { toldStage: number; isUndrawn: boolean },
): Promise<void> {
  const { scheduleId } = draw.terms
  for (const { step, fields } of stepsOf(draw, isUndrawn)) {
    const { stage, kind } = drawSteps[step]
    if (stage <= toldStage) continue
    await tellDraw(redis, { scheduleId, drawId: draw.id, stage, fields: { k: kind, draw: draw.id, ...fields } })
  }
}

interface Step {
  readonly step: keyof typeof drawSteps
  readonly fields: object
}

/** How far the draw has come, in order. */
function stepsOf(draw: KnownDraw, isUndrawn: boolean): Step[] {
  const { closed, drawn, status, voidReason, told, publishedBy, voidedBy } = draw
  const steps: Step[] = []
  if (closed !== null) {
    steps.push({ step: 'closed', fields: { n: closed.count, digest: closed.rosterDigest, s: told.closedUs } })
    if (drawn !== null && !isUndrawn) steps.push({ step: 'drawn', fields: { n: closed.count } })
  }
  // A later step told would pass over the order, which stands again only some time after a loss.
  if (status === 'PUBLISHED' && !isUndrawn) {
    steps.push({ step: 'published', fields: { by: publishedBy ?? nobodyKnown } })
  }
  if (voidReason !== null) {
    steps.push({ step: 'voided', fields: { by: voidedBy ?? nobodyKnown, reason: voidReason } })
  }
  return steps
}
