import type { RedisClient } from '@ticket-queue/redis'
import { queueKey } from './keys.ts'

const pageSize = 1_000

/**
 * Everybody who waits in a schedule from the first to the last read, with the place in µs, in no order and a page at a time; who
 * comes or leaves meanwhile may be missing, and somebody may be given twice.
 */
export async function* readPeople(
  redis: RedisClient,
  scheduleId: string,
): AsyncGenerator<{ userId: string; scoreUs: number }[]> {
  let cursor = '0'
  do {
    const [next, found] = await redis.client.zscan(queueKey(scheduleId), cursor, 'COUNT', pageSize)
    cursor = next
    const people: { userId: string; scoreUs: number }[] = []
    for (let at = 0; at < found.length; at += 2) {
      people.push({ userId: found[at] ?? '', scoreUs: Number(found[at + 1]) })
    }
    yield people
  } while (cursor !== '0')
}
