import type { AnswerPoll, ClosedReason, TicketFacts, UserInSchedule } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Outflow } from './domain/expect-outflow.ts'
import { admittedPlace, closedPlace, type Place, waitingPlace } from './domain/place.ts'
import type { KnownMoments } from './known-moments.ts'
import type { Pace } from './pace.ts'
import { type DrawDeps, drawOf, latestMomentUs, ticketInDraw, toldDraw, withDraw } from './place-in-draw.ts'
import type { PlaceTickets } from './place-ticket.ts'
import type { Recoveries } from './recoveries.ts'
import type { SeatsLeft } from './seats-left.ts'
import type { ToldWaits } from './told-waits.ts'

/** What it takes to answer about a place. */
export interface AskDeps extends DrawDeps {
  readonly redis: RedisClient
  readonly answerPoll: AnswerPoll
  readonly pace: Pace
  readonly toldWaits: ToldWaits
  readonly known: KnownMoments
  readonly tickets: PlaceTickets
  readonly seats: SeatsLeft
  readonly recoveries: Recoveries
}

interface Told {
  readonly pollAfterMs: number
  readonly epochUs: number
  readonly scoreUs: number
  readonly nowMs: number
}

/** What the ticket a user sends says: undefined where none is sent, null where we did not sign it for this user and schedule. */
export function readTicket(
  deps: AskDeps,
  who: UserInSchedule,
  text: string | undefined,
): TicketFacts | null | undefined {
  if (text === undefined) return undefined
  const ticket = deps.tickets.read(who, text)
  return ticket === null ? null : ticketInDraw(deps, who, ticket)
}

/** What the scripts need from this process to answer about a place. */
export const whatIsKnown = async (deps: AskDeps, scheduleId: string) => {
  const outflow = await deps.pace.expected(scheduleId)
  return {
    perSecond: outflow.perSecond,
    outflow,
    knownUs: latestMomentUs(deps, scheduleId),
    recovery: deps.recoveries.of(scheduleId),
    seats: await deps.seats.of(scheduleId),
    draw: toldDraw(deps, scheduleId),
  }
}

/** The answer to somebody in the queue, with a fresh ticket. */
export function waitingAnswer(
  deps: AskDeps,
  who: UserInSchedule,
  told: Told & { ahead: number; isUndrawn: boolean },
  outflow: Outflow,
): Place {
  deps.known.see(who.scheduleId, Math.max(told.epochUs, told.scoreUs))
  const { ahead, pollAfterMs } = told
  const { scheduleId } = who
  const inOrder = waitingPlace({ scheduleId, ahead, pollAfterMs, ticket: sign(deps, who, told) }, outflow)
  const place = withDraw(inOrder, drawOf(deps, who, told))
  deps.toldWaits.note(scheduleId, told, place.estimatedWaitRange)
  return place
}

/** The answer to somebody inside; the ticket goes on, so that a stay which Redis loses is a place in front. */
export function admittedAnswer(
  deps: AskDeps,
  who: UserInSchedule,
  told: Told & { token: string; expiresAtMs: number },
): Place {
  const ticket = told.epochUs === 0 ? null : sign(deps, who, told)
  const place = admittedPlace({ ...told, scheduleId: who.scheduleId, ticket })
  return withDraw(place, drawOf(deps, who, { ...told, isUndrawn: false }))
}

/** The answer while the queue is closed; who keeps the place gets a fresh ticket, as seats may come back long after the last one. */
export function closedAnswer(deps: AskDeps, who: UserInSchedule, told: Told & { reason: ClosedReason }): Place {
  deps.known.see(who.scheduleId, Math.max(told.epochUs, told.scoreUs))
  const ticket = told.epochUs === 0 ? null : sign(deps, who, told)
  return closedPlace({ ...told, scheduleId: who.scheduleId, ticket }, told.reason)
}

const sign = ({ tickets }: AskDeps, who: UserInSchedule, { epochUs, scoreUs, nowMs }: Told): string =>
  tickets.sign(who, { epochUs, scoreUs, atMs: nowMs })
