export { type AdaptiveConfig, adaptiveConfigSchema } from './adaptive-config.ts'
export { type AdmittedBatch, admitBatch } from './admit-batch.ts'
export {
  applyRate,
  beginControl,
  type ControlState,
  controlFenceKey,
  controlKey,
  controlTurnKey,
  type RateControl,
  type RateToApply,
  readControl,
} from './apply-rate.ts'
export { bringBackSettings } from './bring-back-settings.ts'
export { noteBuyer, readBuyers } from './buyers.ts'
export { closeQueue, openQueue, readClosed } from './close-queue.ts'
export { closeRoster } from './close-roster.ts'
export { endStays } from './end-stays.ts'
export { type EnterRequest, enterQueue } from './enter-queue.ts'
export { gatherEntries, type TakePlace } from './gather-entries.ts'
export { type AnswerPoll, gatherPolls } from './gather-polls.ts'
export { holdDraw } from './hold-draw.ts'
export { issueToken, issueTokens } from './issue-token.ts'
export {
  activeKey,
  admittedKey,
  arrivedKey,
  closedKey,
  configKey,
  drawKey,
  epochKey,
  goneKey,
  logKey,
  logsKey,
  newcomersKey,
  paceKey,
  pollsKey,
  queueKey,
  schedulesKey,
  tokenKey,
  userTokensKey,
} from './keys.ts'
export { leaveClosed } from './leave-closed.ts'
export { leaveQueue } from './leave-queue.ts'
export { markArrived } from './mark-arrived.ts'
export { openDraw } from './open-draw.ts'
export { type DrawnPlace, drawnPlacesMax, placeDrawn } from './place-drawn.ts'
export {
  activeMs,
  type ClosedReason,
  closedReasonSchema,
  defaultRecovery,
  type PlaceRequest,
  type Recovery,
  type TicketFacts,
  type UserInSchedule,
} from './place-request.ts'
export {
  defaultQueueConfig,
  type QueueConfig,
  type QueueSettings,
  queueConfigSchema,
  readQueueConfig,
  readQueueSettings,
  readSettingMoments,
  writeQueueConfig,
} from './queue-config.ts'
export {
  areQueueTokensAlive,
  gatherQueueTokens,
  isQueueTokenShaped,
  newQueueToken,
  newQueueTokens,
  type QueueToken,
  type QueueTokenType,
  queueTokenMs,
  type ReadQueueToken,
  readQueueToken,
} from './queue-token.ts'
export { readActive } from './read-active.ts'
export { readLine } from './read-line.ts'
export { advanceLog, type LogEntry, publishedKey, readGrownLogs, readLog, type UnpublishedEntries } from './read-log.ts'
export { readPeople } from './read-people.ts'
export { readPlace } from './read-place.ts'
export { type PlaceInLine, readPlaces } from './read-places.ts'
export { countPeople, readSchedules } from './read-statistics.ts'
export { readUndrawn } from './read-undrawn.ts'
export { releaseDraw } from './release-draw.ts'
export { renewPlaces } from './renew-places.ts'
export { revokeTokens } from './revoke-tokens.ts'
export { buyersKey, seatsKey, watchedSeatsKey } from './seat-keys.ts'
export { tellDraw } from './tell-draw.ts'
export { tellSeats } from './tell-seats.ts'
export { drawnPlaceMax, drawStages, type ToldDraw } from './told-draw.ts'
export { followSeats, takeDueSchedules } from './watch-seats.ts'
export {
  beginSeatReading,
  type CountedSeats,
  type KnownSeats,
  readSeats,
  type SeatReading,
  writeSeats,
} from './write-seats.ts'
