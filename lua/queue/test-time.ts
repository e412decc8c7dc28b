import type { RedisClient } from '@ticket-queue/redis'
import { epochKey, paceKey } from './keys.ts'

/** For tests: a clock for one queue that only a test moves, however long the machine takes. */
export interface TestTime {
  /**
   * Sets the time of the rate and of what a loss began, neither faster nor slower than this: the scripts see `clockMs`, and what has
   * begun since the time was set last began at this moment. Moments of places stay, so tickets need not be put back.
   */
  set(clockMs: number): Promise<void>
}

const lossFields = ['beganMs', 'graceUntilMs', 'restoreUntilMs']

export async function testTime(redis: RedisClient, scheduleId: string): Promise<TestTime> {
  const [pace, epoch] = [paceKey(scheduleId), epochKey(scheduleId)]
  const redisNowMs = async () => {
    const [seconds, micros] = await redis.client.time()
    return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
  }
  let offsetMs = -(await redisNowMs())
  return {
    set: async (clockMs) => {
      const nowMs = await redisNowMs()
      const moreMs = clockMs - nowMs - offsetMs
      offsetMs += moreMs
      if ((await redis.client.hexists(pace, 'paidUntilUs')) === 1)
        await redis.client.hincrby(pace, 'paidUntilUs', -moreMs * 1_000)
      const beganMs = Number(await redis.client.hget(epoch, 'beganMs'))
      if (beganMs === 0) return
      // What began late in a step that took long has not begun in the future: that would look like a clock gone back.
      const backMs = Math.max(moreMs, beganMs - nowMs)
      for (const field of lossFields) await redis.client.hincrby(epoch, field, -backMs)
    },
  }
}
