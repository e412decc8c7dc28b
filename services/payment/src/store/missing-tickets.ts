import { sql } from 'kysely'

/**
 * Money that is kept without a ticket, as more than one look has shown: the one that comes first may fall between two messages. Whatever
 * the alarm counts is in the list of the unsettled.
 */
export const missingTickets = sql`SELECT payment_id, last_outcome, looks FROM missing_tickets WHERE looks > 1`
