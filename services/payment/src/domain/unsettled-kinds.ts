/**
 * `COMPENSATION` and `LATE_MONEY`: money that must go back, of a payment that is still open or has failed. `FOLLOW_UP`: PortOne's
 * books have changed after the payment had ended, and cannot be read. `TICKET_MISSING`: money is kept and its reservation gives no ticket.
 */
export const unsettledKinds = [
  'PENDING_OVERDUE',
  'COMPENSATION',
  'REFUND_DUE',
  'LATE_MONEY',
  'FOLLOW_UP',
  'FINDING',
  'TICKET_MISSING',
] as const

export type UnsettledKind = (typeof unsettledKinds)[number]
