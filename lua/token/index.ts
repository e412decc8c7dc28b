export { areTokensGood, type BearerToken } from './are-tokens-good.ts'
export { blacklistToken, isBlacklisted } from './blacklist.ts'
export { blacklistKey } from './keys.ts'
