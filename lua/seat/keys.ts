/** The lock of one seat: its value is the reservation that holds it, its life is the hold's. */
export const holdKey = (scheduleId: string, seatId: string): string => `${holdKeyPrefix(scheduleId)}${seatId}`

/** What every lock of a schedule begins with: scripts that read many locks add the seat ID themselves. */
export const holdKeyPrefix = (scheduleId: string): string => `seat:hold:${scheduleId}:`

/** Set of the seats of a schedule that are or were held: members whose lock has gone are swept. */
export const heldSeatsKey = (scheduleId: string): string => `hold_seats:${scheduleId}`

/** Sorted set of seat IDs by the time (unix ms) until which a hold is tentative, its database row not yet written. */
export const tentativeSeatsKey = (scheduleId: string): string => `seat:tentative:${scheduleId}`

/**
 * Channel on which is said what became of tentative holds: `committed` or `ended`, the schedule and the seats, parted by spaces.
 * A message that is lost costs a wait and nothing else: the locks decide.
 */
export const seatOutcomesChannel = 'seat:outcomes'

/** Sorted set of `sold:{seatId}` and `freed:{seatId}` by the time (unix ms) of the sale or of its end, for an hour. */
export const salesKey = (scheduleId: string): string => `seat:sales:${scheduleId}`
