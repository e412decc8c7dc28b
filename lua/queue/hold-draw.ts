import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey, epochKey, goneKey, logKey, logsKey } from './keys.ts'
import { defaultRecovery, type Recovery } from './place-request.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

const script = defineScript({
  file: new URL('./hold-draw.lua', import.meta.url),
  keys: ['epoch', 'gone', 'log', 'logs', 'draw'],
  args: z.object({
    scheduleId: z.uuid(),
    draw: z.string(),
    knownUs: z.int().nonnegative(),
    restoreMs: z.int().nonnegative(),
    graceMs: z.int().nonnegative(),
  }),
  reply: replies({
    early: {},
    held: {
      epochUs: z.number(),
      lastUs: z.number(),
      isUndrawn: z.number().transform(Boolean),
      toldStage: z.number(),
      isBehind: z.number().transform(Boolean),
    },
  }),
})

/**
 * Keeps Redis told of a schedule's draw once its pre-queue is open: nobody is admitted before `openDraw`. Gives the epoch that an
 * order would be for, and whether one is missing. Safe to repeat; it is to be repeated for as long as the draw counts.
 */
export const holdDraw = (
  redis: RedisClient,
  scheduleId: string,
  draw: ToldDraw,
  { knownUs = 0, recovery = defaultRecovery }: { knownUs?: number; recovery?: Recovery } = {},
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
    { scheduleId, draw: textOfDraw(draw), knownUs, ...recovery },
  )
