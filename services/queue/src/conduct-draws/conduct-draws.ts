import { holdDraw } from '@ticket-queue/lua/queue'
import type { KnownDraw } from '../known-draw.ts'
import type { Outages } from '../outages.ts'
import { latestMomentUs } from '../place-in-draw.ts'
import { type CloseDrawDeps, closeDraw } from './close-draw.ts'
import { orderDraw, orderVoid } from './order-draw.ts'
import { tellSteps } from './tell-steps.ts'

export interface ConductDrawsDeps extends CloseDrawDeps {
  readonly outages: Outages
}

/**
 * Takes every draw as far as it goes: holds admission from the opening of the pre-queue on, closes the roster at T-0, puts the order
 * into the queue, and again whenever Redis has lost it. A draw that fails is logged, once, and does not stop the others. Any number of
 * replicas may do so at once and at any time, from wherever another one has stopped.
 */
export async function conductDraws(deps: ConductDrawsDeps, signal: AbortSignal): Promise<void> {
  for (const draw of deps.draws.all()) {
    if (signal.aborted) return
    const facts = { scheduleId: draw.terms.scheduleId, drawId: draw.id }
    const tried = { key: draw.id, facts, failing: 'a draw does not go on', again: 'a draw goes on again' }
    const hasGoneOn = await deps.outages.watch(tried, () => conductDraw(deps, draw))
    if (!hasGoneOn) deps.drawFigures.failures.inc()
  }
}

/** One step after the other, as far as it goes now. */
export async function conductDraw(deps: ConductDrawsDeps, draw: KnownDraw): Promise<void> {
  const { redis, known, recoveries } = deps
  const { scheduleId } = draw.terms
  const recovery = recoveries.of(scheduleId)
  const held = await holdDraw(redis, scheduleId, draw.told, { knownUs: latestMomentUs(deps, scheduleId), recovery })
  if (held.outcome === 'early' || held.isBehind) return
  known.see(scheduleId, held.lastUs)
  await tellSteps(deps, draw, held)
  if (!held.isUndrawn) return
  switch (draw.status) {
    case 'COMMITTED': {
      const closed = await closeDraw(deps, draw)
      if (closed !== null) await conductDraw(deps, closed)
      return
    }
    case 'CLOSED':
      // Nobody can know the order before the beacon has spoken.
      return
    case 'DRAWN':
    case 'PUBLISHED':
      if (await orderDraw(deps, draw, held.epochUs)) await tellSteps(deps, draw, { ...held, isUndrawn: false })
      return
    case 'VOID':
      return orderVoid(deps, draw, held.epochUs)
  }
}
