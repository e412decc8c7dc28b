import type { FieldError } from '@ticket-queue/contracts/errors'
import type { Transaction } from 'kysely'
import { eventTarget, everyListTarget, scheduleTarget, seatsTarget } from '../cache/cache-keys.ts'
import type { Deps } from '../dependencies.ts'
import { type EventChange, fixedEventFields, realEventChange } from '../domain/event-change.ts'
import type { EventDetail } from '../domain/event-detail.ts'
import { type Prices, type SchedulePlan, samePrices } from '../domain/schedule-plan.ts'
import { allOrNothing } from '../store/all-or-nothing.ts'
import { announceSchedules, type Cause } from '../store/announce-schedules.ts'
import type { Database } from '../store/database.ts'
import { findEventDetail } from '../store/event-detail.ts'
import { closedAs, hasSaleStarted, type LockedEvent, lockEvent } from '../store/lock-event.ts'
import { optionColumns } from '../store/sale-rules.ts'
import { changeInventory, type InventoryRefusal } from './change-inventory.ts'
import { replaceSchedules, type SchedulesRefusal } from './replace-schedules.ts'

export type ChangeEventInput = EventChange & {
  /** For every schedule of the event. */
  prices?: Prices | undefined
  /** All schedules the event shall have, known by their sequence numbers. */
  schedules?: readonly SchedulePlan[] | undefined
  /** The version that is to be changed; absent: whichever there is. */
  version?: number | undefined
}
export type ChangeEventRefusal =
  | { refused: 'EVENT_NOT_FOUND' | 'EVENT_CANCELLED' | 'EVENT_ENDED' }
  | { refused: 'VERSION_CONFLICT'; version: number }
  | { refused: 'SALE_STARTED'; errors: FieldError[] }
  | InventoryRefusal
  | SchedulesRefusal

type Changed = { detail: EventDetail; scheduleIds: string[] }

/**
 * Changes what is given of an event (EVT-002), all or nothing; what is given but equal counts as not given. Once the sale of one
 * schedule has started, by the database's clock until right before the commit, only the fields that services/event/README.md
 * lists may change. Another hall gives every schedule new seats.
 */
export async function changeEvent(
  { db, cache, relay }: Deps,
  eventId: string,
  input: ChangeEventInput,
  cause: Cause,
): Promise<EventDetail | ChangeEventRefusal> {
  const outcome = await allOrNothing({ db, relay }, (trx) => change(trx, eventId, input, cause))
  if ('refused' in outcome) return outcome
  const schedules = outcome.scheduleIds.flatMap((id) => [scheduleTarget(id), seatsTarget(id)])
  await cache.invalidate(everyListTarget, eventTarget(eventId), ...schedules)
  return outcome.detail
}

async function change(
  trx: Transaction<Database>,
  eventId: string,
  input: ChangeEventInput,
  cause: Cause,
): Promise<Changed | ChangeEventRefusal> {
  const found = await lockEvent(trx, eventId)
  if (found === null) return { refused: 'EVENT_NOT_FOUND' }
  const closed = closedAs(found)
  if (closed !== null) return { refused: closed }
  const { version } = found
  if (input.version !== undefined && input.version !== version) return { refused: 'VERSION_CONFLICT', version }

  const real = realEventChange(found, input)
  const prices = found.schedules.every((schedule) => samePrices(schedule.prices, input.prices ?? schedule.prices))
    ? undefined
    : input.prices
  const fixed = [...fixedEventFields(found, real), ...(prices === undefined ? [] : [fixedPrices])]
  const started = found.schedules.some((schedule) => schedule.saleStarted)
  if (started && fixed.length > 0) return { refused: 'SALE_STARTED', errors: fixed }

  const inventory = await changeInventory(trx, found, { venueId: real.venueId, hallId: real.hallId, prices })
  if (inventory !== null && 'refused' in inventory) return inventory
  if (Object.keys(real).length > 0) await updateEvent(trx, eventId, real)
  const event = { ...found, hallId: real.hallId ?? found.hallId }
  const schedules = await replaceSchedules(trx, event, { schedules: input.schedules, prices: input.prices }, cause)
  if ('refused' in schedules) return schedules
  if (fixed.length > 0 && (await hasSaleStarted(trx, found, found.schedules)))
    return { refused: 'SALE_STARTED', errors: fixed }
  return finish(trx, found, { ...schedules, inventoryChanged: inventory !== null }, cause)
}

const fixedPrices: FieldError = { path: 'prices', code: 'FIXED', message: 'Seats have been offered at these prices' }

async function updateEvent(trx: Transaction<Database>, eventId: string, change: EventChange): Promise<void> {
  const { posterUrl, venueId, hallId, options, ...texts } = change
  await trx
    .updateTable('events')
    .set((set) => ({
      ...texts,
      ...(posterUrl === undefined ? {} : { poster_url: posterUrl }),
      ...(venueId === undefined ? {} : { venue_id: venueId }),
      ...(hallId === undefined ? {} : { hall_id: hallId }),
      ...optionColumns(options ?? {}),
      version: set('version', '+', 1),
    }))
    .where('id', '=', eventId)
    .execute()
}

/** Tells the other services of what is public, and gives the event as it is now. */
async function finish(
  trx: Transaction<Database>,
  found: LockedEvent,
  done: { changedIds: string[]; inventoryChanged: boolean },
  cause: Cause,
): Promise<Changed> {
  const known = found.schedules.map((schedule) => schedule.id)
  const told = done.inventoryChanged ? [...new Set([...known, ...done.changedIds])] : done.changedIds
  if (found.status !== 'PREPARING') await announceSchedules(trx, told, cause)
  const after = await findEventDetail(trx, found.id, 'admin')
  if (after === null) throw new Error(`event ${found.id} is not there after it was changed`)
  return { detail: after.detail, scheduleIds: [...new Set([...known, ...done.changedIds])] }
}
