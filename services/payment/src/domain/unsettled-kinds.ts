/** `COMPENSATION` and `LATE_MONEY`: money that must go back, of a payment that is still open or has failed. */
export const unsettledKinds = ['PENDING_OVERDUE', 'COMPENSATION', 'REFUND_DUE', 'LATE_MONEY', 'FINDING'] as const

export type UnsettledKind = (typeof unsettledKinds)[number]
