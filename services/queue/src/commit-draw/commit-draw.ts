import { databaseNow } from '@ticket-queue/database'
import { announceDraw, type Beacon, type DrawAnnouncement, newDrawSecrets } from '@ticket-queue/draw'
import type { Kysely } from 'kysely'
import type { KnownDraws } from '../known-draws.ts'
import type { ReadSchedule } from '../schedules.ts'
import type { Database } from '../store/database.ts'
import { insertDraw } from '../store/draws.ts'

export interface CommitDrawDeps {
  readonly db: Kysely<Database>
  readonly draws: KnownDraws
  readonly readSchedule: ReadSchedule
}

export interface CommitDraw {
  readonly scheduleId: string
  /** When the pre-queue opens, by the database's clock. */
  readonly opensAt: Date
  readonly beacon: Beacon | null
  readonly committedBy: string
}

export type Committed =
  | { announcement: DrawAnnouncement }
  | { refused: 'SCHEDULE_NOT_FOUND' | 'DRAW_EXISTS' }
  | { refused: 'DRAW_WINDOW_INVALID'; now: string; saleStartAt: string }

/**
 * Commits to the draw of a schedule: seed and salt are made and kept, their hash is for the public (docs/provable-order.md). T-0 is
 * the start of the sale as it stands now; the pre-queue opens after now and before that.
 */
export async function commitDraw(
  deps: CommitDrawDeps,
  { scheduleId, opensAt, beacon, committedBy }: CommitDraw,
): Promise<Committed> {
  const { db, draws, readSchedule } = deps
  const schedule = await readSchedule(scheduleId)
  if (schedule === null) return { refused: 'SCHEDULE_NOT_FOUND' }
  const now = await databaseNow(db)
  const closesAt = new Date(schedule.saleStartAt)
  if (opensAt <= now || opensAt >= closesAt) {
    return { refused: 'DRAW_WINDOW_INVALID', now: now.toISOString(), saleStartAt: schedule.saleStartAt }
  }
  const terms = {
    scheduleId,
    committedAt: now.toISOString(),
    opensAt: opensAt.toISOString(),
    closesAt: closesAt.toISOString(),
    beacon,
  }
  const secrets = newDrawSecrets()
  const inserted = await insertDraw(db, terms, secrets, committedBy)
  if ('refused' in inserted) return inserted
  await draws.refresh()
  return { announcement: announceDraw(terms, secrets) }
}
