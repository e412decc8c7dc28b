import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey, epochKey, goneKey, logKey, logsKey } from './keys.ts'
import { defaultRecovery, type Recovery } from './place-request.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

const script = defineScript({
  file: new URL('./close-roster.lua', import.meta.url),
  keys: ['epoch', 'gone', 'log', 'logs', 'draw'],
  args: z.object({
    scheduleId: z.uuid(),
    draw: z.string(),
    dueMs: z.int().positive(),
    settleMs: z.int().nonnegative(),
    settleMaxMs: z.int().nonnegative(),
    knownUs: z.int().nonnegative(),
    restoreMs: z.int().nonnegative(),
    graceMs: z.int().nonnegative(),
  }),
  reply: replies({ closed: { closedUs: z.number() }, early: { waitMs: z.number() }, outdated: {} }),
})

export interface RosterClosing {
  /** Unix ms: T-0. */
  readonly dueMs: number
  /** How long after a loss of Redis people may take to come back, so that they are in the roster, ms. */
  readonly settleMs: number
  /** How long after T-0 that is waited for at most, however often Redis is lost, ms. */
  readonly settleMaxMs: number
  readonly knownUs?: number
  readonly recovery?: Recovery
}

/**
 * Fixes the moment (µs, a whole millisecond) at which the roster of a draw closes: T-0, however late this is called, or now where the
 * clock of Redis has gone back. The same moment again when repeated, until Redis loses it; it counts once the roster is kept elsewhere.
 */
export const closeRoster = (
  redis: RedisClient,
  scheduleId: string,
  draw: ToldDraw,
  { dueMs, settleMs, settleMaxMs, knownUs = 0, recovery = defaultRecovery }: RosterClosing,
) =>
  script(
    redis,
    {
      epoch: epochKey(scheduleId),
      gone: goneKey(scheduleId),
      log: logKey(scheduleId),
      logs: logsKey,
      draw: drawKey(scheduleId),
    },
    { scheduleId, draw: textOfDraw(draw), dueMs, settleMs, settleMaxMs, knownUs, ...recovery },
  )
