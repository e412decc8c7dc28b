import { isTransactionConflict, isUniqueViolation } from '@ticket-queue/database'

const guards = ['reservation_seats_one_active', 'reservations_one_pending']

/**
 * What an error of writing seats means: a row of somebody (or an earlier one of the same buyer) is `in-the-way`, somebody's
 * transaction about the seats has been open for as long as the role may wait (`undecided`), or null: it is another error.
 */
export function seatConflict(error: unknown): 'in-the-way' | 'undecided' | null {
  if (guards.some((guard) => isUniqueViolation(error, guard)) || isTransactionConflict(error)) return 'in-the-way'
  return error instanceof Error && 'code' in error && error.code === '55P03' ? 'undecided' : null
}
