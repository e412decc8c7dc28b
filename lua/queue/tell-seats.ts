import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { closedKey, schedulesKey } from './keys.ts'
import { seatsKey, watchedSeatsKey } from './seat-keys.ts'

const keptMs = 86_400_000

const script = defineScript({
  file: new URL('./tell-seats.lua', import.meta.url),
  keys: ['seats', 'watched', 'schedules', 'closed'],
  args: z.object({ scheduleId: z.uuid(), told: z.string().min(1), keptMs: z.int().positive() }),
  reply: replies({ told: {}, unwatched: {} }),
})

/** Notes what an event tells of a schedule's seats, for the look that is due at once now. Safe to repeat. */
export const tellSeats = (redis: RedisClient, scheduleId: string, told: string) =>
  script(
    redis,
    {
      seats: seatsKey(scheduleId),
      watched: watchedSeatsKey,
      schedules: schedulesKey,
      closed: closedKey(scheduleId),
    },
    { scheduleId, told, keptMs },
  )
