import type { Transaction } from 'kysely'
import { type SeatTemplate, seatTemplateSchema } from '../domain/seat-template.ts'
import type { Database } from './database.ts'

/** Gives the seat template and venue of a hall that stays as it is until this transaction ends, or null. */
export async function findHall(
  trx: Transaction<Database>,
  hallId: string,
): Promise<{ venueId: string; template: SeatTemplate } | null> {
  const hall = await trx
    .selectFrom('halls')
    .select(['venue_id', 'seat_template'])
    .where('id', '=', hallId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst()
  if (hall === undefined) return null
  return { venueId: hall.venue_id, template: seatTemplateSchema.parse(hall.seat_template) }
}
