import type { RedisClient } from '@ticket-queue/redis'
import { keepBriefly } from './keep-briefly.ts'

/** Schedules in which seats may be locked, also such as no row tells of: a process can die between a lock and its row. */
export interface HeldSchedules {
  /** Notes that seats of a schedule are about to be locked. */
  note(scheduleId: string): Promise<void>
}

/** Sorted set of schedule IDs by the time (Unix s, by Redis' clock) at which a hold was last begun there. */
const heldSchedulesKey = 'seat:schedules'
const noteMs = 10_000

/** Notes schedules in Redis, each every ten seconds at most, however many people hold seats of it. */
export function createHeldSchedules(redis: RedisClient): HeldSchedules {
  const note = async (scheduleId: string) => {
    const [nowSeconds] = await redis.client.time()
    await redis.client.zadd(heldSchedulesKey, Number(nowSeconds), scheduleId)
  }
  return { note: keepBriefly(noteMs, note) }
}

/** The schedules noted, however long ago: while nobody sweeps, locks end unnoticed. */
export const readHeldSchedules = (redis: RedisClient): Promise<string[]> =>
  redis.client.zrange(heldSchedulesKey, '0', '-1')

/** Drops notes older than `keptSeconds`, longer than any lock lives: to be called once their schedules have been swept. */
export async function dropOldNotes(redis: RedisClient, keptSeconds: number): Promise<void> {
  const [nowSeconds] = await redis.client.time()
  await redis.client.zremrangebyscore(heldSchedulesKey, '-inf', Number(nowSeconds) - keptSeconds)
}
