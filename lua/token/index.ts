export { blacklistToken, isBlacklisted } from './blacklist.ts'
export { blacklistKey } from './keys.ts'
