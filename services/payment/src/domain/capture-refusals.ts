/**
 * PortOne's refusals of a capture that say that this token moves no money (API reference, `POST /payments/{id}/confirm`). Every other
 * one leaves it open: ALREADY_PAID says that money has moved, an unknown payment or secret that PortOne has not looked, and a
 * status without a type that somebody between PortOne and us has spoken.
 */
const nothingCaptured: ReadonlySet<string> = new Set([
  'INFORMATION_MISMATCH',
  'INVALID_PAYMENT_TOKEN',
  'INVALID_REQUEST',
  'PG_PROVIDER',
])

/** Whether a capture that PortOne has refused so has certainly moved no money. */
export const isNothingCaptured = (type: string): boolean => nothingCaptured.has(type)
