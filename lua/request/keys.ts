/** Counter of the requests of a user in the running window; lives as long as that. */
export const userRateKey = (userId: string): string => `rate:user:${userId}`
