import { tellDraw } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { drawSteps } from '../domain/draw-steps.ts'
import { judgeSale } from '../domain/judge-sale.ts'
import { type DrawState, drawStateOf } from '../draw-state.ts'
import type { KnownDraws } from '../known-draws.ts'
import type { ReadSchedule } from '../schedules.ts'
import type { Database } from '../store/database.ts'
import { findDraw, markPublished } from '../store/draws.ts'

export interface PublishDrawDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly draws: KnownDraws
  readonly readSchedule: ReadSchedule
  readonly log: Log
}

export type Published = { state: DrawState } | { refused: 'DRAW_NOT_FOUND' | 'DRAW_NOT_DRAWN' | 'DRAW_SALE_RUNNING' }

/**
 * Tells seed, salt and roster to everybody. The salt connects a user ID to a position, so before the sale is over it takes
 * `whileOnSale`: nobody can change the order by then, but people could be asked for, or pressed about, their place in line.
 * Safe to repeat.
 */
export async function publishDraw(
  deps: PublishDrawDeps,
  { scheduleId, whileOnSale, publishedBy }: { scheduleId: string; whileOnSale: boolean; publishedBy: string },
): Promise<Published> {
  const { db, draws } = deps
  const draw = await findDraw(db, scheduleId)
  if (draw === null) return { refused: 'DRAW_NOT_FOUND' }
  if (draw.status === 'PUBLISHED') return { state: drawStateOf(draw) }
  if (draw.status !== 'DRAWN') return { refused: 'DRAW_NOT_DRAWN' }
  if (!whileOnSale && !(await isSaleOver(deps, scheduleId))) return { refused: 'DRAW_SALE_RUNNING' }
  const isOurs = await markPublished(db, draw.id, publishedBy)
  await draws.refresh()
  if (isOurs) await tellPublished(deps, scheduleId, draw.id, publishedBy)
  return { state: drawStateOf({ ...draw, status: 'PUBLISHED' }) }
}

async function isSaleOver({ draws, readSchedule }: PublishDrawDeps, scheduleId: string): Promise<boolean> {
  const schedule = await readSchedule(scheduleId)
  if (schedule === null) return true
  const verdict = judgeSale(schedule, draws.databaseNowMs())
  return verdict !== 'OPEN' && verdict !== 'LEAVE'
}

/** The log has it from whoever conducts the draws, should Redis be away now. */
async function tellPublished({ redis, log }: PublishDrawDeps, scheduleId: string, drawId: string, by: string) {
  const { stage, kind } = drawSteps.published
  const fields = { k: kind, draw: drawId, by }
  await tellDraw(redis, { scheduleId, drawId, stage, fields }).catch((err) =>
    log.warn({ err, scheduleId }, 'the publication of a draw is not in the log yet'),
  )
}
