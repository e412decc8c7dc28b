import { consumerGroups, type EventCancelled, type ScheduleUpdated, topics } from '@ticket-queue/contracts/events'
import { noteBuyer, tellSeats } from '@ticket-queue/lua/queue'
import { type ConsumeRepeatablyOptions, TransientError } from '@ticket-queue/messaging'
import type { RedisClient } from '@ticket-queue/redis'
import { tellingOf } from './told-schedule.ts'

/**
 * What the catalogue tells of a schedule has its seats looked at now. The event service's own word decides then, so events that come
 * twice or late do no harm.
 */
export function eventGroup({ redis }: { redis: RedisClient }): ConsumeRepeatablyOptions {
  const tell = (event: ScheduleUpdated | EventCancelled) =>
    waitForRedis(() => tellSeats(redis, event.payload.scheduleId, tellingOf(event)))
  return {
    group: consumerGroups.queueEvent,
    topics: [topics.event],
    handlers: { ScheduleUpdated: tell, EventCancelled: tell },
  }
}

/** Confirmed reservations tell how many seats a buyer takes. */
export function buyersGroup({ redis }: { redis: RedisClient }): ConsumeRepeatablyOptions {
  return {
    group: consumerGroups.queueReservation,
    topics: [topics.reservation],
    handlers: {
      ReservationConfirmed: ({ payload: { scheduleId, reservationId, seatIds } }) =>
        waitForRedis(() => noteBuyer(redis, scheduleId, { reservationId, seats: seatIds.length })),
    },
  }
}

/** All that a handler here can fail at is Redis being away: the event is at no fault and waits. */
async function waitForRedis(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new TransientError('Redis did not take in an event', { cause: error })
  }
}
