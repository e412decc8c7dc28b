import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { drawKey, epochKey, queueKey } from './keys.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

const script = defineScript({
  file: new URL('./place-drawn.lua', import.meta.url),
  keys: ['queue', 'epoch', 'draw'],
  args: z.object({ draw: z.string(), epochUs: z.int().positive(), places: z.array(z.union([z.string(), z.int()])) }),
  reply: replies({ placed: { count: z.number() }, outdated: {} }),
})

/** A person who waits, with the drawn place from 1; null of one who was not in the roster and goes to the end. */
export interface DrawnPlace {
  readonly userId: string
  readonly place: number | null
}

/** So many are placed by one call: Redis answers nobody else meanwhile. */
export const drawnPlacesMax = 1_000

/** Gives at most `drawnPlacesMax` people their drawn places in the epoch `epochUs`. Safe to repeat, from several processes too. */
export const placeDrawn = (
  redis: RedisClient,
  scheduleId: string,
  draw: ToldDraw,
  { epochUs, people }: { epochUs: number; people: readonly DrawnPlace[] },
) =>
  script(
    redis,
    { queue: queueKey(scheduleId), epoch: epochKey(scheduleId), draw: drawKey(scheduleId) },
    {
      draw: textOfDraw(draw),
      epochUs,
      places: people.flatMap(({ userId, place }) => [userId, place ?? 0]),
    },
  )
