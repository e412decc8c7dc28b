import { readPlace } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { admittedPlace, type Place, waitingPlace } from '../domain/place.ts'
import type { Pace } from '../pace.ts'

export interface ReadStatusDeps {
  readonly redis: RedisClient
  readonly pace: Pace
  readonly pollsPerMinute: number
}

export type Status =
  | { kind: 'place'; place: Place }
  | { kind: 'NOT_QUEUED' }
  | { kind: 'limited'; retryAfterMs: number }

/** Tells a user the place in a schedule's queue and keeps it alive; refuses who asks too often (QUEUE-002, QUEUE-008). */
export async function readStatus(
  { redis, pace, pollsPerMinute }: ReadStatusDeps,
  { scheduleId, userId }: { scheduleId: string; userId: string },
): Promise<Status> {
  const read = await readPlace(redis, { scheduleId, userId, pollsPerMinute })
  switch (read.outcome) {
    case 'waiting':
      return { kind: 'place', place: waitingPlace(scheduleId, read.ahead, await pace.expected(scheduleId)) }
    case 'active':
      return { kind: 'place', place: admittedPlace(scheduleId, read.token, read.expiresAtMs) }
    case 'absent':
      return { kind: 'NOT_QUEUED' }
    case 'limited':
      return { kind: 'limited', retryAfterMs: read.retryAfterMs }
  }
}
