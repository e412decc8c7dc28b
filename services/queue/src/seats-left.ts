import { readSeats } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { ShownSeats } from './domain/show-seats.ts'

/** The seats of each schedule as people are told them. */
export interface SeatsLeft {
  /** At most a second older than what is known; null while nothing is. Never rejects. */
  of(scheduleId: string): Promise<ShownSeats | null>
}

const keptMs = 1_000
const keptMax = 1_000
/** Several looks have failed by then. */
const oldAfterMs = 20_000

/**
 * Gives a reader of what the follower of the seats has written. Everybody who asks within a second shares one look into Redis;
 * while that fails, what was known before is told.
 */
export function createSeatsLeft(redis: RedisClient): SeatsLeft {
  const kept = new Map<string, { answer: Promise<ShownSeats | null>; until: number }>()
  return {
    of: (scheduleId) => {
      const now = performance.now()
      const found = kept.get(scheduleId)
      if (found !== undefined && found.until > now) return found.answer
      const before = found?.answer ?? Promise.resolve(null)
      const answer = read(redis, scheduleId).catch(() => before)
      kept.delete(scheduleId)
      kept.set(scheduleId, { answer, until: now + keptMs })
      const [oldest] = kept.keys()
      if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest)
      return answer
    },
  }
}

async function read(redis: RedisClient, scheduleId: string): Promise<ShownSeats | null> {
  const known = await readSeats(redis, scheduleId)
  if (known === null) return null
  const { seatsTotal, seatsSold, held, choosing, seatsPerPerson, ageMs } = known
  // A seat just sold may still be in somebody's hold.
  const free = Math.max(0, seatsTotal - seatsSold - held)
  return { free, held, choosing, seatsPerPerson, areOld: ageMs > oldAfterMs }
}
