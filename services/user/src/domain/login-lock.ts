/**
 * How many wrong passwords in a row an address has, and how long it then waits. The wait is short: whoever guesses gets
 * 20 tries an hour, and whoever wants to lock out somebody else must go on for ever, solving a CAPTCHA each time.
 */
export const loginLock = { failuresMax: 5, lockedSeconds: 15 * 60 } as const
