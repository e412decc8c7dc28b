/** Sorted set of those who wait: user ID by entry time in µs. */
export const queueKey = (scheduleId: string): string => `queue:${scheduleId}`

/** Set of the schedules with somebody waiting or inside. */
export const schedulesKey = 'queue:schedules'

/** A token's facts as JSON; lives as long as the token. */
export const tokenKey = (token: string): string => `${tokenKeyPrefix}${token}`
export const tokenKeyPrefix = 'queue:token:'

/** The schedule a user waits or shops in (QUEUE-011); gone once nothing has been heard of the user for ten minutes. */
export const activeKey = (userId: string): string => `${activeKeyPrefix}${userId}`
export const activeKeyPrefix = 'queue:active:'

/** Sorted set of those inside: user ID by the end (unix ms) of the last token. */
export const admittedKey = (scheduleId: string): string => `queue:admitted:${scheduleId}`

/** Set of those inside who have fetched their token. */
export const arrivedKey = (scheduleId: string): string => `queue:arrived:${scheduleId}`

/** Hash of what an operator has set for a schedule's queue. */
export const configKey = (scheduleId: string): string => `queue:config:${scheduleId}`

/** Why a schedule's queue is closed; absent while it is open. */
export const closedKey = (scheduleId: string): string => `queue:closed:${scheduleId}`

/** Hash of the rate: admission paid for until; admissions, places dropped and people who left, each in all. */
export const paceKey = (scheduleId: string): string => `queue:pace:${scheduleId}`

/** Hash of the queue's epoch: since when Redis has forgotten nothing of it, its latest moment, and the place admission has come to. */
export const epochKey = (scheduleId: string): string => `queue:epoch:${scheduleId}`

/** Set of those who have left or been admitted in this epoch, while tickets of an older one put people back. */
export const goneKey = (scheduleId: string): string => `queue:gone:${scheduleId}`

/** Hash of the admissions of those inside, by user ID, so that a poll finds them: `{token} {its end in unix ms} {epoch in µs} {place in µs}`. */
export const staysKey = (scheduleId: string): string => `queue:stays:${scheduleId}`

/** Hash of the live payment token of a user, so that asking again finds it and leaving ends it. */
export const userTokensKey = (scheduleId: string, userId: string): string => `queue:tokens:${scheduleId}:${userId}`

/** Hash of a user's polls (QUEUE-008) and entries in the running minute, and of the last answer with the time to ask again. */
export const pollsKey = (userId: string): string => `${pollsKeyPrefix}${userId}`
export const pollsKeyPrefix = 'queue:polls:'

/** Hash of a schedule's draw: holds admission back until the drawn order stands in this epoch (README.md). */
export const drawKey = (scheduleId: string): string => `queue:draw:${scheduleId}`

/** Stream of what has happened in a schedule's queue (README.md). */
export const logKey = (scheduleId: string): string => `queue:log:${scheduleId}`

/** Set of the schedules whose log has grown since a publisher took them from this set. */
export const logsKey = 'queue:logs'

/** Sorted set of the accounts that wanted a place from one network (no address can be read in its name), by when (µs of Redis). */
export const newcomersKey = (scheduleId: string, network: string): string => `queue:newcomers:${scheduleId}:${network}`
