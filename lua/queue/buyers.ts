import type { RedisClient } from '@ticket-queue/redis'
import { buyersKey } from './seat-keys.ts'

const buyersMax = 200
const keptMs = 86_400_000

/** Notes how many seats a confirmed reservation has; the latest 200 of a schedule are kept. Safe to repeat. */
export const noteBuyer = async (
  redis: RedisClient,
  scheduleId: string,
  { reservationId, seats }: { reservationId: string; seats: number },
): Promise<void> => {
  const [seconds] = await redis.client.time()
  await redis.client
    .multi()
    .zadd(buyersKey(scheduleId), 'NX', Number(seconds) * 1_000, `${reservationId}:${seats}`)
    .zremrangebyrank(buyersKey(scheduleId), 0, -buyersMax - 1)
    .pexpire(buyersKey(scheduleId), keptMs)
    .exec()
}

/** The seats of each of a schedule's latest buyers, at most 200. */
export const readBuyers = async (redis: RedisClient, scheduleId: string): Promise<number[]> =>
  (await redis.client.zrange(buyersKey(scheduleId), '0', '-1')).map((member) =>
    Number(member.slice(member.indexOf(':') + 1)),
  )
