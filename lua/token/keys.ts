/** Set while an access token is refused before its time (AUTH log-out); ends with the token. */
export const blacklistKey = (jti: string): string => `token:blacklist:${jti}`
