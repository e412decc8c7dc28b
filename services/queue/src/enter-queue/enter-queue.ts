import { enterQueue as takePlace } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import { admittedPlace, type Place, waitingPlace } from '../domain/place.ts'
import type { Pace } from '../pace.ts'
import type { ReadSchedule } from '../schedules.ts'

export interface EnterQueueDeps {
  readonly redis: RedisClient
  readonly pace: Pace
  readonly readSchedule: ReadSchedule
}

export type Entered =
  | { kind: 'place'; place: Place }
  | { kind: 'SCHEDULE_NOT_FOUND' | 'SOLD_OUT' | 'QUEUE_FULL' }
  | { kind: 'SALE_NOT_OPEN'; saleStartAt: string; saleEndAt: string }
  | { kind: 'ALREADY_QUEUED_ELSEWHERE'; scheduleId: string }

/** Gives a user a place in the queue of a schedule on sale; who has one or is inside already gets that (QUEUE-001, QUEUE-011). */
export async function enterQueue(
  { redis, pace, readSchedule }: EnterQueueDeps,
  { scheduleId, userId }: { scheduleId: string; userId: string },
): Promise<Entered> {
  const schedule = await readSchedule(scheduleId)
  if (schedule === null) return { kind: 'SCHEDULE_NOT_FOUND' }
  const { saleStartAt, saleEndAt } = schedule
  if (!schedule.saleOpen) return { kind: 'SALE_NOT_OPEN', saleStartAt, saleEndAt }
  if (schedule.seatsTotal > 0 && schedule.seatsSold >= schedule.seatsTotal) return { kind: 'SOLD_OUT' }

  const taken = await takePlace(redis, { scheduleId, userId })
  switch (taken.outcome) {
    case 'waiting':
      return { kind: 'place', place: waitingPlace(scheduleId, taken.ahead, await pace.expected(scheduleId)) }
    case 'active':
      return { kind: 'place', place: admittedPlace(scheduleId, taken.token, taken.expiresAtMs) }
    case 'elsewhere':
      return { kind: 'ALREADY_QUEUED_ELSEWHERE', scheduleId: taken.scheduleId }
    case 'full':
      return { kind: 'QUEUE_FULL' }
    case 'draining':
      return { kind: 'SALE_NOT_OPEN', saleStartAt, saleEndAt }
  }
}
