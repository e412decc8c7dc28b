export { type AdmitToken, gatherTokens } from './admit-tokens.ts'
