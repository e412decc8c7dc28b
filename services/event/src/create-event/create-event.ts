import type { FieldError } from '@ticket-queue/contracts/errors'
import { inTransaction } from '@ticket-queue/database'
import type { Transaction } from 'kysely'
import type { Deps } from '../dependencies.ts'
import type { EventDetail, EventInput } from '../domain/event-detail.ts'
import { expandSeats } from '../domain/expand-seats.ts'
import { priceProblems, requestSeatsMax } from '../domain/schedule-plan.ts'
import { countSeats, gradesOf, type SeatTemplate } from '../domain/seat-template.ts'
import { createSchedules } from '../store/create-schedules.ts'
import type { Database } from '../store/database.ts'
import { findEventDetail } from '../store/event-detail.ts'
import { findHall } from '../store/find-hall.ts'
import { optionColumns } from '../store/sale-rules.ts'

export type CreateEventRefusal =
  | { refused: 'VENUE_NOT_FOUND' | 'HALL_NOT_FOUND' | 'HALL_OF_OTHER_VENUE' }
  | { refused: 'VALIDATION_FAILED'; errors: FieldError[] }

/**
 * Creates an event, PREPARING, with its schedules, prices and the whole seat inventory in one transaction (EVT-001, EVT-018):
 * nobody ever sees a schedule without its seats.
 */
export async function createEvent(
  { db }: Pick<Deps, 'db'>,
  input: EventInput,
): Promise<EventDetail | CreateEventRefusal> {
  return inTransaction(db, async (trx) => {
    const venue = await findVenue(trx, input.venueId)
    if (venue === undefined) return { refused: 'VENUE_NOT_FOUND' }
    const hall = await findHall(trx, input.hallId)
    if (hall === null) return { refused: 'HALL_NOT_FOUND' }
    if (hall.venueId !== input.venueId) return { refused: 'HALL_OF_OTHER_VENUE' }
    const problems = inventoryProblems(input, hall.template)
    if (problems.length > 0) return { refused: 'VALIDATION_FAILED', errors: problems }

    const eventId = await insertEvent(trx, input)
    const { schedules, prices } = input
    await createSchedules(trx, { eventId, schedules, prices, seats: expandSeats(hall.template) })
    const created = await findEventDetail(trx, eventId, 'admin')
    if (created === null) throw new Error(`event ${eventId} is not there after it was created`)
    return created.detail
  })
}

function inventoryProblems(input: EventInput, template: SeatTemplate): FieldError[] {
  const seats = countSeats(template) * input.schedules.length
  const tooMany = {
    path: 'schedules',
    code: 'TOO_MANY_SEATS',
    message: `${seats} seats are more than ${requestSeatsMax} at once: add further schedules one by one`,
  }
  return [...priceProblems(input.prices, gradesOf(template)), ...(seats > requestSeatsMax ? [tooMany] : [])]
}

const findVenue = (trx: Transaction<Database>, venueId: string) =>
  trx
    .selectFrom('venues')
    .select('id')
    .where('id', '=', venueId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()

async function insertEvent(trx: Transaction<Database>, input: EventInput): Promise<string> {
  const { id } = await trx
    .insertInto('events')
    .values({
      title: input.title,
      artist: input.artist,
      description: input.description,
      poster_url: input.posterUrl ?? null,
      venue_id: input.venueId,
      hall_id: input.hallId,
      ...optionColumns(input.options),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}
