import type { FieldError } from '@ticket-queue/contracts/errors'
import { isUniqueViolation } from '@ticket-queue/database'
import { wakeAfterCommit } from '@ticket-queue/messaging'
import type { Transaction } from 'kysely'
import { eventTarget, everyListTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { EventDetail } from '../domain/event-detail.ts'
import { expandSeats } from '../domain/expand-seats.ts'
import { eventSchedulesMax, type Prices, priceProblems, type SchedulePlan } from '../domain/schedule-plan.ts'
import { gradesOf } from '../domain/seat-template.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import { createSchedules } from '../store/create-schedules.ts'
import type { Database } from '../store/database.ts'
import { findEventDetail } from '../store/event-detail.ts'
import { findHall } from '../store/find-hall.ts'

type Added = EventDetail['schedules'][number]
export type AddScheduleRefusal =
  | {
      refused:
        | 'EVENT_NOT_FOUND'
        | 'HALL_NOT_FOUND'
        | 'EVENT_CANCELLED'
        | 'EVENT_ENDED'
        | 'PLAY_SEQUENCE_TAKEN'
        | 'TOO_MANY_SCHEDULES'
    }
  | { refused: 'VALIDATION_FAILED'; errors: FieldError[] }
export type AddScheduleInput = SchedulePlan & { prices?: Prices | undefined }

/** Adds a schedule with its seats to an event; without prices of its own it has those of the event's first schedule. */
export async function addSchedule(
  { db, cache, relay }: Deps,
  eventId: string,
  { prices, ...plan }: AddScheduleInput,
  cause: Cause,
): Promise<Added | AddScheduleRefusal> {
  try {
    const outcome = await wakeAfterCommit(relay, db, async (trx): Promise<Added | AddScheduleRefusal> => {
      const event = await lockEvent(trx, eventId)
      if (event === undefined) return { refused: 'EVENT_NOT_FOUND' }
      if (event.status === 'CANCELLED') return { refused: 'EVENT_CANCELLED' }
      if (event.status === 'ENDED') return { refused: 'EVENT_ENDED' }
      const before = await findEventDetail(trx, eventId, 'admin')
      const hall = await findHall(trx, event.hall_id)
      if (before === null) return { refused: 'EVENT_NOT_FOUND' }
      if (hall === null) return { refused: 'HALL_NOT_FOUND' }
      if (before.detail.schedules.length >= eventSchedulesMax) return { refused: 'TOO_MANY_SCHEDULES' }
      const used = prices ?? before.detail.prices
      const problems = priceProblems(used, gradesOf(hall.template))
      if (problems.length > 0) return { refused: 'VALIDATION_FAILED', errors: problems }

      const seats = expandSeats(hall.template)
      const ids = await createSchedules(trx, { eventId, schedules: [plan], prices: used, seats })
      await announceSchedules(trx, ids, cause)
      return addedSchedule(trx, eventId, ids)
    })
    if (!('refused' in outcome)) await cache.invalidate(everyListTarget, eventTarget(eventId))
    return outcome
  } catch (error) {
    if (isUniqueViolation(error, 'event_schedules_sequence_unique')) return { refused: 'PLAY_SEQUENCE_TAKEN' }
    throw error
  }
}

/** Locked, so that the number of schedules and the state still hold when the schedule is there. */
const lockEvent = (trx: Transaction<Database>, eventId: string) =>
  trx
    .selectFrom('events')
    .select(['status', 'hall_id'])
    .where('id', '=', eventId)
    .where('deleted_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()

async function addedSchedule(trx: Transaction<Database>, eventId: string, ids: string[]): Promise<Added> {
  const after = await findEventDetail(trx, eventId, 'admin')
  const added = after?.detail.schedules.find((schedule) => ids.includes(schedule.id))
  if (added === undefined) throw new Error(`event ${eventId} does not show the schedule it was just given`)
  return added
}
