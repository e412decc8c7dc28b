/** Hash of what is known of a schedule's seats: counts, when they were read, what an event has told since. */
export const seatsKey = (scheduleId: string): string => `queue:seats:${scheduleId}`

/** Sorted set of the schedules whose seats are followed, by the time (unix ms) of the next look. */
export const watchedSeatsKey = 'queue:seats:watched'

/** The time (unix ms) at which schedules were given out last: shows a clock that has gone back. */
export const seatsClockKey = 'queue:seats:clock'

/** Sorted set of a schedule's latest buyers: `{reservationId}:{seats}` by the time (unix ms) the purchase was heard of. */
export const buyersKey = (scheduleId: string): string => `queue:buyers:${scheduleId}`
