import type { ReadQueueToken } from '@ticket-queue/lua/queue'
import { checkQueueToken } from '../check-queue-token.ts'
import type { LiveSeats } from '../states/live-seats.ts'
import type { SeatPicture } from '../states/seat-history.ts'

export interface ReadSeatStatesDeps {
  readonly readQueueToken: ReadQueueToken
  readonly liveSeats: LiveSeats
}

/**
 * The state of the seats for somebody whose turn it is (RSV-003), or null for an unknown schedule: SOLD as the event service
 * says, HOLD as Redis says, the rest AVAILABLE; a seat that is both is sold. It is never older than the version `since`.
 * Throws the queue token's refusals, and 503 while it cannot be known.
 */
export async function readSeatStates(
  deps: ReadSeatStatesDeps,
  input: { userId: string; queueToken: string | undefined; scheduleId: string; since: string | undefined },
): Promise<SeatPicture | null> {
  const { userId, queueToken, scheduleId } = input
  await checkQueueToken(deps.readQueueToken, { token: queueToken, userId, scheduleId })
  const board = await deps.liveSeats.of(scheduleId)
  return board === null ? null : board.picture(input.since)
}
