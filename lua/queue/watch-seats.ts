import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { schedulesKey } from './keys.ts'
import { seatsClockKey, watchedSeatsKey } from './seat-keys.ts'

const dueMax = 100

const watch = defineScript({
  file: new URL('./watch-seats.lua', import.meta.url),
  keys: ['watched', 'schedules', 'clock'],
  args: z.object({ everyMs: z.int().positive(), dueMax: z.int().positive() }),
  reply: replies({ due: { scheduleIds: z.array(z.string()) } }),
})

/** The schedules (at most 100) whose seats are to be looked at now; each is due again `everyMs` later. */
export const takeDueSchedules = async (redis: RedisClient, everyMs: number): Promise<string[]> =>
  (await watch(redis, { watched: watchedSeatsKey, schedules: schedulesKey, clock: seatsClockKey }, { everyMs, dueMax }))
    .scheduleIds

const follow = defineScript({
  file: new URL('./follow-seats.lua', import.meta.url),
  keys: ['watched'],
  args: z.object({ scheduleId: z.uuid(), delayMs: z.int().min(-1) }),
  reply: replies({ followed: {}, unwatched: {}, due: {} }),
})

/**
 * Sets after a look when the next one is due; null follows the schedule no longer, until somebody waits for it again. A look that
 * has been asked for meanwhile stands.
 */
export const followSeats = (redis: RedisClient, scheduleId: string, delayMs: number | null) =>
  follow(redis, { watched: watchedSeatsKey }, { scheduleId, delayMs: delayMs ?? -1 })
