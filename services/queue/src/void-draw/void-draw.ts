import { releaseDraw, tellDraw } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { drawSteps } from '../domain/draw-steps.ts'
import { type DrawState, drawStateOf } from '../draw-state.ts'
import type { KnownDraws } from '../known-draws.ts'
import type { Database } from '../store/database.ts'
import { findDraw, voidDraw as giveUp, type StoredDraw } from '../store/draws.ts'

export interface VoidDrawDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly draws: KnownDraws
  readonly log: Log
}

export type Voided = { state: DrawState } | { refused: 'DRAW_NOT_FOUND' | 'DRAW_DECIDED' }

/**
 * Gives a draw up before its order is known. Before the pre-queue opens the schedule is free for another one, or for first come,
 * first served; after that people are admitted in entry order from T-0 on.
 */
export async function voidDraw(
  deps: VoidDrawDeps,
  { scheduleId, reason, voidedBy }: { scheduleId: string; reason: string; voidedBy: string },
): Promise<Voided> {
  const { db, draws } = deps
  const draw = await findDraw(db, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  if (!(await giveUp(db, draw.id, { reason, voidedBy }))) return { refused: 'DRAW_DECIDED' }
  await draws.refresh()
  await tellVoided(deps, draw, { reason, by: voidedBy })
  return { state: drawStateOf({ ...draw, status: 'VOID', voidReason: reason }) }
}

/** Whoever conducts the draws does the same, should Redis be away now. */
async function tellVoided(
  { redis, draws, log }: VoidDrawDeps,
  { id: drawId, terms: { scheduleId } }: StoredDraw,
  { reason, by }: { reason: string; by: string },
): Promise<void> {
  try {
    const { stage, kind } = drawSteps.voided
    await tellDraw(redis, { scheduleId, drawId, stage, fields: { k: kind, draw: drawId, by, reason } })
    if (draws.isReleased(drawId)) await releaseDraw(redis, scheduleId, drawId)
  } catch (err) {
    log.warn({ err, scheduleId }, 'the end of a draw is not in the log yet')
  }
}
