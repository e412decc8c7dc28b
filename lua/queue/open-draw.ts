import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey, epochKey } from './keys.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

const script = defineScript({
  file: new URL('./open-draw.lua', import.meta.url),
  keys: ['epoch', 'draw'],
  args: z.object({ draw: z.string(), epochUs: z.int().positive() }),
  reply: replies({ opened: {}, outdated: {} }),
})

/** Lets admission begin: everybody of the roster has the drawn place in the epoch `epochUs`. Safe to repeat. */
export const openDraw = (redis: RedisClient, scheduleId: string, draw: ToldDraw, epochUs: number) =>
  script(redis, { epoch: epochKey(scheduleId), draw: drawKey(scheduleId) }, { draw: textOfDraw(draw), epochUs })
