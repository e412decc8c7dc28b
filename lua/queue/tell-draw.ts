import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey, logKey, logsKey } from './keys.ts'

const script = defineScript({
  file: new URL('./tell-draw.lua', import.meta.url),
  keys: ['log', 'logs', 'draw'],
  args: z.object({ scheduleId: z.uuid(), drawId: z.uuid(), stage: z.int().positive(), fields: z.array(z.string()) }),
  reply: replies({ told: {}, known: {} }),
})

/** Writes into a queue's log that its draw has come to `stage`, once for as long as Redis remembers it; `fields` as in README.md. */
export const tellDraw = (
  redis: RedisClient,
  { scheduleId, drawId, stage, fields }: { scheduleId: string; drawId: string; stage: number; fields: object },
) =>
  script(
    redis,
    { log: logKey(scheduleId), logs: logsKey, draw: drawKey(scheduleId) },
    { scheduleId, drawId, stage, fields: Object.entries(fields).flatMap(([name, value]) => [name, String(value)]) },
  )
