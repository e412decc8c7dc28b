import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import type { RedisClient } from '@ticket-queue/redis'
import { judgeSale, type SaleVerdict } from './domain/judge-sale.ts'

/** What the event service's word means for the queue at this moment of Redis, which matters only where the sale is not open. */
export async function judgeSaleNow(redis: RedisClient, schedule: InternalSchedule): Promise<SaleVerdict> {
  if (schedule.saleOpen) return judgeSale(schedule, 0)
  const [seconds] = await redis.client.time()
  return judgeSale(schedule, Number(seconds) * 1_000)
}
