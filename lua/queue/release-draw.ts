import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey } from './keys.ts'

const script = defineScript({
  file: new URL('./release-draw.lua', import.meta.url),
  keys: ['draw'],
  args: z.object({ drawId: z.uuid() }),
  reply: replies({ released: {}, absent: {} }),
})

/** Forgets a draw that was given up before its pre-queue opened. Safe to repeat. */
export const releaseDraw = (redis: RedisClient, scheduleId: string, drawId: string) =>
  script(redis, { draw: drawKey(scheduleId) }, { drawId })
