/** Sorted set of those who wait: user ID by entry time in µs. */
export const queueKey = (scheduleId: string): string => `queue:${scheduleId}`

/** Set of the schedules with somebody waiting. */
export const schedulesKey = 'queue:schedules'

/** A token's facts as JSON; lives as long as the token. */
export const tokenKey = (token: string): string => `${tokenKeyPrefix}${token}`
export const tokenKeyPrefix = 'queue:token:'

/** The schedule a user waits or shops in (QUEUE-011); gone once nothing has been heard of the user for ten minutes. */
export const activeKey = (userId: string): string => `${activeKeyPrefix}${userId}`
export const activeKeyPrefix = 'queue:active:'

/** Sorted set of those inside: user ID by the end (unix ms) of the last token. */
export const admittedKey = (scheduleId: string): string => `queue:admitted:${scheduleId}`

/** Hash of what an operator has set for a schedule's queue. */
export const configKey = (scheduleId: string): string => `queue:config:${scheduleId}`

/** Hash of the queue's own bookkeeping: last entry time, admission paid for until, measured rate. */
export const paceKey = (scheduleId: string): string => `queue:pace:${scheduleId}`

/** Hash from a user inside to the live tokens, so that a poll finds them and leaving ends them. */
export const userTokensKey = (scheduleId: string, userId: string): string =>
  `${userTokensKeyPrefix(scheduleId)}${userId}`
export const userTokensKeyPrefix = (scheduleId: string): string => `queue:tokens:${scheduleId}:`

/** Counts a user's polls in the running minute (QUEUE-008). */
export const pollsKey = (userId: string): string => `queue:polls:${userId}`
