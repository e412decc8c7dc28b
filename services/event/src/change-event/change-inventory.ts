import type { FieldError } from '@ticket-queue/contracts/errors'
import { sql, type Transaction } from 'kysely'
import { expandSeats } from '../domain/expand-seats.ts'
import type { Grade } from '../domain/grades.ts'
import { type Prices, priceProblems, requestSeatsMax } from '../domain/schedule-plan.ts'
import { gradesOf } from '../domain/seat-template.ts'
import type { Database } from '../store/database.ts'
import { findHall } from '../store/find-hall.ts'
import type { LockedEvent, LockedSchedule } from '../store/lock-event.ts'
import { replaceInventory, replacePrices } from '../store/write-inventory.ts'

export type InventoryRefusal =
  | { refused: 'VENUE_NOT_FOUND' | 'HALL_NOT_FOUND' | 'HALL_OF_OTHER_VENUE' | 'HAS_RESERVATIONS' }
  | { refused: 'VALIDATION_FAILED'; errors: FieldError[] }

type Wanted = { venueId?: string | undefined; hallId?: string | undefined; prices?: Prices | undefined }

/**
 * Gives every schedule of an event the seats of another hall, or other prices; null if neither is wanted. The caller has made
 * sure that no sale has started; seats that were sold all the same are never taken away.
 */
export async function changeInventory(
  trx: Transaction<Database>,
  event: LockedEvent,
  { venueId, hallId, prices }: Wanted,
): Promise<{ changed: true } | InventoryRefusal | null> {
  if (venueId !== undefined && !(await isVenue(trx, venueId))) return { refused: 'VENUE_NOT_FOUND' }
  if (venueId === undefined && hallId === undefined) {
    if (prices === undefined) return null
    return changePrices(trx, event, prices)
  }
  const hall = await findHall(trx, hallId ?? event.hallId)
  if (hall === null) return { refused: 'HALL_NOT_FOUND' }
  if (hall.venueId !== (venueId ?? event.venueId)) return { refused: 'HALL_OF_OTHER_VENUE' }
  if (await anySold(trx, event)) return { refused: 'HAS_RESERVATIONS' }
  const seats = expandSeats(hall.template)
  const errors = [
    ...problemsOf(event.schedules, prices, () => gradesOf(hall.template)),
    ...tooMany(seats.length * event.schedules.length),
  ]
  if (errors.length > 0) return { refused: 'VALIDATION_FAILED', errors }
  for (const schedule of event.schedules) {
    await replaceInventory(trx, schedule.id, { seats, prices: prices ?? schedule.prices })
  }
  return { changed: true }
}

async function changePrices(
  trx: Transaction<Database>,
  { schedules }: LockedEvent,
  prices: Prices,
): Promise<{ changed: true } | InventoryRefusal> {
  const errors = problemsOf(schedules, prices, (schedule) => new Set(Object.keys(schedule.prices) as Grade[]))
  if (errors.length > 0) return { refused: 'VALIDATION_FAILED', errors }
  for (const schedule of schedules) await replacePrices(trx, schedule.id, prices)
  return { changed: true }
}

/** What is wrong with the prices, each problem once although several schedules may share it. */
function problemsOf(
  schedules: readonly LockedSchedule[],
  prices: Prices | undefined,
  gradesIn: (schedule: LockedSchedule) => ReadonlySet<Grade>,
): FieldError[] {
  const problems = schedules.flatMap((schedule) => priceProblems(prices ?? schedule.prices, gradesIn(schedule)))
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.code}`, problem])).values()]
}

function tooMany(seats: number): FieldError[] {
  if (seats <= requestSeatsMax) return []
  const message = `${seats} seats are more than ${requestSeatsMax} at once`
  return [{ path: 'hallId', code: 'TOO_MANY_SEATS', message }]
}

const isVenue = async (trx: Transaction<Database>, venueId: string): Promise<boolean> =>
  (await trx
    .selectFrom('venues')
    .select('id')
    .where('id', '=', venueId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()) !== undefined

async function anySold(trx: Transaction<Database>, event: LockedEvent): Promise<boolean> {
  const { rows } = await sql<{ any: boolean }>`
    select exists (
      select from seat_sales where state in ('SOLD', 'CONFIRMED') and schedule_id in (select id from event_schedules where event_id = ${event.id})
    ) as any`.execute(trx)
  return rows[0]?.any === true
}
