import { announceDraw, beaconSchema, drawAnnouncementSchema } from '@ticket-queue/draw'
import { z } from 'zod'
import type { StoredDraw } from './store/draws.ts'

/** The answer of `GET /queue/draws/{scheduleId}`, and of every administrator's step. */
export const drawStateSchema = z
  .object({
    announcement: drawAnnouncementSchema,
    status: z.enum(['COMMITTED', 'CLOSED', 'DRAWN', 'PUBLISHED', 'VOID']),
    /** When the roster closed; these three are null before. */
    closedAt: z.iso.datetime().nullable(),
    count: z.int().nonnegative().nullable(),
    rosterDigest: z.string().nullable(),
    /** With the value that the order follows from; null without a beacon and before. */
    beacon: beaconSchema.extend({ value: z.string() }).nullable(),
    /** Why it was given up. */
    voidReason: z.string().nullable(),
    /** Where the published files are; null before the publication. */
    files: z.object({ draw: z.string(), roster: z.string() }).nullable(),
  })
  .meta({ id: 'DrawState' })

export type DrawState = z.infer<typeof drawStateSchema>

/** What everybody may know of a draw. */
export function drawStateOf({ status, terms, secrets, closed, drawn, voidReason }: StoredDraw): DrawState {
  const base = `/queue/draws/${terms.scheduleId}`
  const beaconValue = drawn?.beaconValue ?? null
  return {
    announcement: announceDraw(terms, secrets),
    status,
    closedAt: closed?.closedAt ?? null,
    count: closed?.count ?? null,
    rosterDigest: closed?.rosterDigest ?? null,
    beacon: terms.beacon !== null && beaconValue !== null ? { ...terms.beacon, value: beaconValue } : null,
    voidReason,
    files: status === 'PUBLISHED' ? { draw: `${base}/draw.json`, roster: `${base}/roster.ndjson` } : null,
  }
}
