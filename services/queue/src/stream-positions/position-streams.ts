import { readClosed, readUndrawn, type UserInSchedule } from '@ticket-queue/lua/queue'
import type { Log, Metrics } from '@ticket-queue/service-kit'
import type { AskDeps } from '../answer-place.ts'
import { askPlace } from '../ask-place.ts'
import { advisePoll } from '../domain/advise-poll.ts'
import { admittedPlace, closedPlace, waitingPlace } from '../domain/place.ts'
import { showSeats } from '../domain/show-seats.ts'
import { drawOf, withDraw } from '../place-in-draw.ts'
import type { StreamSettings } from './stream-settings.ts'
import { createStreams, type Streams } from './streams.ts'
import type { Situation } from './tell-audience.ts'

export interface PositionStreamsDeps extends AskDeps {
  readonly log: Log
  readonly metrics: Metrics
}

const pollAdmittedMs = 30_000
const pollClosedMs = 20_000
/** What the service itself asks for people is no poll of theirs. */
const pollsPerMinute = 0

/** Gives the streams of this process, which tell places as `GET /queue/status` does. */
export const createPositionStreams = (deps: PositionStreamsDeps, settings: StreamSettings): Streams =>
  createStreams(
    {
      ...deps,
      describe: (scheduleId) => describe(deps, scheduleId),
      askAgain: (who) => askPlace({ ...deps, pollsPerMinute }, who),
    },
    settings,
  )

async function describe(deps: PositionStreamsDeps, scheduleId: string): Promise<Situation> {
  const { redis, pace, seats: seatsLeft, draws } = deps
  const isUndrawn = draws.of(scheduleId) !== null && (await readUndrawn(redis, scheduleId))
  const [outflow, reason, seats] = await Promise.all([
    pace.expected(scheduleId),
    readClosed(redis, scheduleId),
    seatsLeft.of(scheduleId),
  ])
  const tellDraw = (who: UserInSchedule, scoreUs: number) =>
    draws.hasHeard() ? drawOf(deps, who, { nowMs: draws.databaseNowMs(), isUndrawn, scoreUs }) : null
  return {
    waiting: ({ userId, ahead, ticketFacts }) => {
      const pollAfterMs = advisePoll(ahead, outflow.perSecond)
      const place = waitingPlace({ scheduleId, ahead, pollAfterMs, ticket: null }, outflow)
      const scoreUs = ticketFacts?.scoreUs ?? 0
      return showSeats(withDraw(place, tellDraw({ userId, scheduleId }, scoreUs)), seats)
    },
    admitted: (token, expiresAtMs) =>
      showSeats(admittedPlace({ scheduleId, token, expiresAtMs, pollAfterMs: pollAdmittedMs, ticket: null }), seats),
    closed:
      reason === null
        ? null
        : showSeats(closedPlace({ scheduleId, pollAfterMs: pollClosedMs, ticket: null }, reason), seats),
  }
}
