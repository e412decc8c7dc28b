import { countPeople, readSchedules } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Pace } from '../pace.ts'

export interface ReadStatisticsDeps {
  readonly redis: RedisClient
  readonly pace: Pace
}

export interface ScheduleStatistics {
  readonly scheduleId: string
  readonly waiting: number
  /** How many are inside. */
  readonly active: number
  /** Admissions per second lately, by all replicas. */
  readonly tps: number
}

/** The figures of one schedule, or of every one with somebody waiting (QUEUE-007). */
export async function readStatistics(
  { redis, pace }: ReadStatisticsDeps,
  scheduleId: string | undefined,
): Promise<ScheduleStatistics[]> {
  const scheduleIds = scheduleId === undefined ? await readSchedules(redis) : [scheduleId]
  return Promise.all(
    scheduleIds.map(async (id) => {
      const { waiting, inside } = await countPeople(redis, id)
      return { scheduleId: id, waiting, active: inside, tps: Math.round(pace.measured(id) * 10) / 10 }
    }),
  )
}
