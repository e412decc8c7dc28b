import type { RedisClient } from '@ticket-queue/redis'
import type { TicketFacts } from './place-request.ts'

/** For tests: Redis is empty, as far as this test file can see it. */
export async function loseEverything(redis: RedisClient): Promise<void> {
  // Without the prefix of the connection, because SCAN answers with the names as they are.
  const plain = redis.duplicate({ keyPrefix: '' })
  try {
    let cursor = '0'
    do {
      const [next, keys] = await plain.client.scan(cursor, 'MATCH', `${redis.keyPrefix}*`, 'COUNT', 10_000)
      if (keys.length > 0) await plain.client.unlink(...keys)
      cursor = next
    } while (cursor !== '0')
  } finally {
    await plain.close()
  }
}

/** What the ticket of an answer says. Throws if there is no place in it. */
export function ticketOf(reply: { outcome: string; epochUs?: number; scoreUs?: number; nowMs?: number }): TicketFacts {
  const { epochUs, scoreUs, nowMs } = reply
  if (epochUs === undefined || scoreUs === undefined || nowMs === undefined)
    throw new Error(`${reply.outcome}: no place`)
  return { epochUs, scoreUs, atMs: nowMs }
}
