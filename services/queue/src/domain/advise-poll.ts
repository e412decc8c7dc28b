const atFrontMs = 1_250
const farAwayMs = 20_000
const stoppedMs = 10_000
const pollsPerWait = 4

/**
 * When somebody with so many ahead should ask again, in ms: what the scripts advise (`lua/queue/parts/advise-poll.lua`), for
 * places that no script has answered. A test holds the two together.
 */
export function advisePoll(ahead: number, perSecond: number): number {
  const wantedMs = ((ahead + 1) / perSecond) * (1_000 / pollsPerWait)
  const plainMs = perSecond > 0 ? Math.min(Math.max(wantedMs, atFrontMs), farAwayMs) : stoppedMs
  return Math.floor(plainMs * (1 + 0.2 * ((ahead * 0.618034) % 1)))
}
