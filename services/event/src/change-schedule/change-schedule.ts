import type { FieldError } from '@ticket-queue/contracts/errors'
import { isUniqueViolation } from '@ticket-queue/database'
import type { Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget, seatsTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import type { Grade } from '../domain/grades.ts'
import {
  changedPlan,
  fixedScheduleFields,
  realScheduleChange,
  type ScheduleChange,
  scheduleChangeProblems,
} from '../domain/schedule-change.ts'
import type { ScheduleDetail } from '../domain/schedule-detail.ts'
import { priceProblems } from '../domain/schedule-plan.ts'
import { allOrNothing } from '../store/all-or-nothing.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import type { Database } from '../store/database.ts'
import { closedAs, hasSaleStarted, type LockedEvent, type LockedSchedule, lockEvent } from '../store/lock-event.ts'
import { moveSchedule } from '../store/move-schedule.ts'
import { scheduleDetailOf } from '../store/schedule-detail.ts'
import { findScheduleFacts } from '../store/schedule-facts.ts'
import { replacePrices } from '../store/write-inventory.ts'

export type ChangeScheduleInput = ScheduleChange & {
  /** What the public is told; a show on sale moves with such a text only. */
  announcement?: string | undefined
  /** The version that is to be changed; absent: whichever there is. */
  version?: number | undefined
}
export type ChangeScheduleRefusal =
  | { refused: 'SCHEDULE_NOT_FOUND' | 'EVENT_CANCELLED' | 'EVENT_ENDED' | 'PLAY_SEQUENCE_TAKEN' }
  | { refused: 'VERSION_CONFLICT'; version: number }
  | { refused: 'SALE_STARTED' | 'VALIDATION_FAILED'; errors: FieldError[] }

/**
 * Changes times, sequence number or prices of a schedule (EVT-002), all or nothing, and tells the other services. Once its sale
 * has started, by the database's clock until right before the commit, only what services/event/README.md lists.
 */
export async function changeSchedule(
  { db, cache, relay }: Deps,
  scheduleId: string,
  input: ChangeScheduleInput,
  cause: Cause,
): Promise<ScheduleDetail | ChangeScheduleRefusal> {
  try {
    const outcome = await allOrNothing({ db, relay }, (trx) => change(trx, scheduleId, input, cause))
    if ('refused' in outcome) return outcome
    const targets = [eventTarget(outcome.eventId), scheduleTarget(scheduleId), seatsTarget(scheduleId)]
    await cache.invalidate(everyListTarget, ...targets)
    return outcome
  } catch (error) {
    if (isUniqueViolation(error, 'event_schedules_sequence_unique')) return { refused: 'PLAY_SEQUENCE_TAKEN' }
    throw error
  }
}

async function change(
  trx: Transaction<Database>,
  scheduleId: string,
  input: ChangeScheduleInput,
  cause: Cause,
): Promise<ScheduleDetail | ChangeScheduleRefusal> {
  const event = await findEvent(trx, scheduleId)
  const found = event?.schedules.find((schedule) => schedule.id === scheduleId)
  if (event === null || found === undefined) return { refused: 'SCHEDULE_NOT_FOUND' }
  const closed = closedAs(event) ?? (event.status === 'OPEN' && found.status === 'ENDED' ? 'EVENT_ENDED' : null)
  if (closed !== null) return { refused: closed }
  const { version } = found
  if (input.version !== undefined && input.version !== version) return { refused: 'VERSION_CONFLICT', version }

  const real = realScheduleChange(found, input)
  const errors = [...problemsOf(found, real), ...pastProblems(event, real)]
  if (errors.length > 0) return { refused: 'VALIDATION_FAILED', errors }
  const fixed = fixedScheduleFields(found, real, { announced: input.announcement !== undefined })
  if (fixed.length > 0 && found.saleStarted) return { refused: 'SALE_STARTED', errors: fixed }

  const { prices, ...plan } = real
  if (Object.keys(plan).length > 0) await moveSchedule(trx, scheduleId, changedPlan(found, plan))
  if (prices !== undefined) await replacePrices(trx, scheduleId, prices)
  if (input.announcement !== undefined) await announce(trx, event.id, scheduleId, input.announcement)
  if (fixed.length > 0 && (await hasSaleStarted(trx, event, [found]))) return { refused: 'SALE_STARTED', errors: fixed }
  if (event.status !== 'PREPARING' && Object.keys(real).length > 0) await announceSchedules(trx, [scheduleId], cause)
  const facts = await findScheduleFacts(trx, scheduleId)
  if (facts === null) throw new Error(`schedule ${scheduleId} is not there after it was changed`)
  return scheduleDetailOf(facts)
}

async function findEvent(trx: Transaction<Database>, scheduleId: string) {
  const row = await trx.selectFrom('event_schedules').select('event_id').where('id', '=', scheduleId).executeTakeFirst()
  return row === undefined ? null : lockEvent(trx, row.event_id)
}

function problemsOf(found: LockedSchedule, change: ScheduleChange): FieldError[] {
  const used = new Set(Object.keys(found.prices) as Grade[])
  const prices = change.prices === undefined ? [] : priceProblems(change.prices, used)
  return [...scheduleChangeProblems(found, change), ...prices]
}

/** Who has seen an event must not find a show of it moved to before now. */
function pastProblems(event: LockedEvent, { eventStartAt }: ScheduleChange): FieldError[] {
  if (event.status === 'PREPARING' || eventStartAt === undefined || Date.parse(eventStartAt) > event.now.getTime())
    return []
  return [{ path: 'eventStartAt', code: 'IN_THE_PAST', message: 'The show must be to come' }]
}

const announce = (trx: Transaction<Database>, eventId: string, scheduleId: string, body: string) =>
  trx.insertInto('event_announcements').values({ event_id: eventId, event_schedule_id: scheduleId, body }).execute()
