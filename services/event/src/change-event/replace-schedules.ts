import type { FieldError } from '@ticket-queue/contracts/errors'
import type { Transaction } from 'kysely'
import { expandSeats } from '../domain/expand-seats.ts'
import { changedPlan, fixedScheduleFields, realScheduleChange } from '../domain/schedule-change.ts'
import { type Prices, priceProblems, requestSeatsMax, type SchedulePlan } from '../domain/schedule-plan.ts'
import { gradesOf } from '../domain/seat-template.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import { createSchedules } from '../store/create-schedules.ts'
import type { Database } from '../store/database.ts'
import { findHall } from '../store/find-hall.ts'
import { hasSaleStarted, type LockedEvent, type LockedSchedule } from '../store/lock-event.ts'
import { moveSchedule } from '../store/move-schedule.ts'

export type SchedulesRefusal =
  | { refused: 'SALE_STARTED'; errors: FieldError[] }
  | { refused: 'VALIDATION_FAILED'; errors: FieldError[] }
  | { refused: 'HALL_NOT_FOUND' }

type Wanted = { schedules?: readonly SchedulePlan[] | undefined; prices?: Prices | undefined }

/**
 * Makes an event have exactly the wanted schedules, known by their sequence numbers: moves, adds and removes. One whose sale has
 * started keeps what is fixed and cannot be removed. Gives the IDs of the schedules that changed and are still there.
 */
export async function replaceSchedules(
  trx: Transaction<Database>,
  event: LockedEvent,
  { schedules, prices }: Wanted,
  cause: Cause,
): Promise<{ changedIds: string[] } | SchedulesRefusal> {
  if (schedules === undefined) return { changedIds: [] }
  const { moved, added, removed } = compare(event, schedules)
  const fixed = [...moved.flatMap(fixedIn), ...removed.map(() => stillThere)]
  const tooLate = [...moved.filter((each) => each.found.saleStarted).flatMap(fixedIn)]
  if (removed.some((schedule) => schedule.saleStarted)) tooLate.push(stillThere)
  if (tooLate.length > 0) return { refused: 'SALE_STARTED', errors: tooLate }

  for (const { found, real } of moved) await moveSchedule(trx, found.id, changedPlan(found, real))
  await removeSchedules(trx, event, removed, cause)
  const created = await addSchedules(trx, event, added, prices ?? event.schedules[0]?.prices ?? {})
  if ('refused' in created) return created
  const touched = [...moved.filter((each) => fixedIn(each).length > 0).map((each) => each.found), ...removed]
  if (fixed.length > 0 && (await hasSaleStarted(trx, event, touched))) return { refused: 'SALE_STARTED', errors: fixed }
  return { changedIds: [...moved.map((each) => each.found.id), ...created.ids] }
}

type Moved = { found: LockedSchedule; real: Partial<SchedulePlan>; index: number }
const stillThere: FieldError = {
  path: 'schedules',
  code: 'FIXED',
  message: 'A schedule whose sale has started cannot be removed',
}

function compare(event: LockedEvent, schedules: readonly SchedulePlan[]) {
  const known = new Map(event.schedules.map((schedule) => [schedule.playSequence, schedule]))
  const moved = schedules.flatMap((plan, index): Moved[] => {
    const found = known.get(plan.playSequence)
    if (found === undefined) return []
    const { prices: _prices, ...real } = realScheduleChange(found, plan)
    return Object.keys(real).length === 0 ? [] : [{ found, real: real as Partial<SchedulePlan>, index }]
  })
  const wanted = new Set(schedules.map((plan) => plan.playSequence))
  return {
    moved,
    added: schedules.filter((plan) => !known.has(plan.playSequence)),
    removed: event.schedules.filter((schedule) => !wanted.has(schedule.playSequence)),
  }
}

const fixedIn = ({ found, real, index }: Moved): FieldError[] =>
  fixedScheduleFields(found, real, { announced: false }).map((field) => ({
    ...field,
    path: `schedules.${index}.${field.path}`,
  }))

/** The others learn that the show is off; nobody has bought, so nothing is refunded. */
async function removeSchedules(
  trx: Transaction<Database>,
  event: LockedEvent,
  removed: readonly LockedSchedule[],
  cause: Cause,
): Promise<void> {
  const ids = removed.map((schedule) => schedule.id)
  if (ids.length === 0) return
  await trx.updateTable('event_schedules').set({ status: 'CANCELLED' }).where('id', 'in', ids).execute()
  if (event.status !== 'PREPARING') await announceSchedules(trx, ids, cause)
  await trx.deleteFrom('event_schedules').where('id', 'in', ids).execute()
}

async function addSchedules(
  trx: Transaction<Database>,
  event: LockedEvent,
  added: readonly SchedulePlan[],
  prices: Prices,
): Promise<{ ids: string[] } | SchedulesRefusal> {
  if (added.length === 0) return { ids: [] }
  const hall = await findHall(trx, event.hallId)
  if (hall === null) return { refused: 'HALL_NOT_FOUND' }
  const seats = expandSeats(hall.template)
  const errors = priceProblems(prices, gradesOf(hall.template))
  const count = seats.length * added.length
  if (count > requestSeatsMax) {
    const message = `${count} seats are more than ${requestSeatsMax} at once: add further schedules one by one`
    errors.push({ path: 'schedules', code: 'TOO_MANY_SEATS', message })
  }
  if (errors.length > 0) return { refused: 'VALIDATION_FAILED', errors }
  return { ids: await createSchedules(trx, { eventId: event.id, schedules: added, prices, seats }) }
}
