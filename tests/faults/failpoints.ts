import type { Failpoint } from './wire.ts'

const writeHold = 'INSERT INTO reservations (id'
const writeChange = 'UPDATE reservations SET total_amount'
const endReservation = 'update "reservations" set "status" = $1, "cancelled_at" = now()'
const askPaymentToken = 'POST /internal/tokens/payment'

/**
 * Places at which the reservation service dies in tests, named `<step>:<what has been done last>`. Each is a statement that
 * the code sends there: if that changes, the place is never reached and its test says so.
 */
export const failpoints = {
  /** The seats are locked tentatively in Redis; the row is not there. */
  'hold:after-lock': { wire: 'postgres', moment: 'before', text: writeHold },
  /** The row is committed; nobody knows yet. */
  'hold:after-row': { wire: 'postgres', moment: 'after', text: writeHold },
  /** Row and lock are committed; there is no payment token. */
  'hold:after-commit': { wire: 'queue', moment: 'before', text: askPaymentToken },
  /** Everything is done but the answer. */
  'hold:before-answer': { wire: 'queue', moment: 'after', text: askPaymentToken },
  /** The new seats are locked tentatively; the rows have the old ones. */
  'change:after-lock': { wire: 'postgres', moment: 'before', text: writeChange },
  /** The rows have the new seats, the locks are those of the old ones. */
  'change:after-row': { wire: 'postgres', moment: 'after', text: writeChange },
  /** A hold is about to end, in a transaction that is open. */
  'end:before-row': { wire: 'postgres', moment: 'before', text: endReservation },
  /** A hold has ended in the rows; Redis still has its locks. */
  'end:after-row': { wire: 'postgres', moment: 'after', text: endReservation },
} as const satisfies Record<string, Failpoint>

export type FailpointName = keyof typeof failpoints
