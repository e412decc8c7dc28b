export { type AdmittedBatch, admitBatch } from './admit-batch.ts'
export { activeMs, enterQueue, type UserInSchedule } from './enter-queue.ts'
export { issueToken } from './issue-token.ts'
export {
  activeKey,
  admittedKey,
  configKey,
  paceKey,
  pollsKey,
  queueKey,
  schedulesKey,
  tokenKey,
  userTokensKey,
} from './keys.ts'
export { leaveQueue } from './leave-queue.ts'
export {
  defaultQueueConfig,
  type QueueConfig,
  queueConfigSchema,
  readQueueConfig,
  writeQueueConfig,
} from './queue-config.ts'
export {
  isQueueTokenShaped,
  newQueueToken,
  type QueueToken,
  type QueueTokenType,
  queueTokenMs,
  readQueueToken,
} from './queue-token.ts'
export { readLine } from './read-line.ts'
export { readPlace } from './read-place.ts'
export { type PlaceInLine, readPlaces } from './read-places.ts'
export { countPeople, readSchedules } from './read-statistics.ts'
export { renewPlaces } from './renew-places.ts'
export { revokeTokens } from './revoke-tokens.ts'
