import { isBehind } from '@ticket-queue/event-streams'
import type { Place } from '../domain/place.ts'
import type { PlaceTickets } from '../place-ticket.ts'
import type { Person } from './audience.ts'
import { closedMark, markOf } from './event-id.ts'
import { type EventName, type PositionStream, writeNumbered, writePlace } from './position-stream.ts'
import type { StreamEnd, StreamFigures } from './stream-figures.ts'
import { isWorthTelling } from './worth-telling.ts'

export interface Who {
  readonly scheduleId: string
  readonly userId: string
}

export interface TellPersonDeps {
  readonly figures: StreamFigures
  readonly tickets: PlaceTickets
  /** Takes a stream out and ends it. */
  readonly end: (who: Who, stream: PositionStream, reason: StreamEnd) => void
}

/** Tells one stream a place with all it has, the ticket too: the first event, and after Redis had lost the place. */
export function tellWhole({ figures }: TellPersonDeps, stream: PositionStream, place: Place): void {
  figures.events.inc({ event: writePlace(stream, place, dataOf(place, place.ticket), performance.now()) })
}

/**
 * Tells a person's streams that the place has moved, that the queue has closed, or the ticket where it has been renewed. A
 * client that is behind is told later, and then only how things are by that time.
 */
export function tellPlace(deps: TellPersonDeps, who: Who, person: Person, place: Place): void {
  const nowMs = performance.now()
  const { ticketIsTold, ticketFacts } = person
  person.ticketIsTold = true
  let data: string | null = null
  for (const stream of person.streams) {
    if (ticketIsTold && !isWorthTelling(stream, place, nowMs)) continue
    if (isBehind(stream)) {
      deps.figures.dropped.inc()
      continue
    }
    data ??= dataOf(place, ticketIsTold || ticketFacts === null ? undefined : deps.tickets.sign(who, ticketFacts))
    deps.figures.events.inc({ event: writePlace(stream, place, data, nowMs) })
  }
}

/** A place as it is told. The ticket is left out where the client has it: it is as long as all the rest. */
const dataOf = (place: Place, ticket: string | null | undefined): string =>
  JSON.stringify({ ...place, ticket, ...(place.closedReason === null ? {} : { reason: place.closedReason }) })

/** Whether somebody who is told this place has nothing more to wait for here. Seats that come back open a sold-out queue again. */
export const isLast = ({ status, closedReason }: Place): boolean =>
  status === 'ACTIVE' || (status === 'CLOSED' && closedReason !== 'SOLD_OUT')

/** Tells the last event of a person, admitted or closed, and ends the streams; also of clients that are behind, because it must not be lost. */
export function tellLast(deps: TellPersonDeps, who: Who, person: Person, place: Place): void {
  const event = place.status === 'ACTIVE' ? 'admitted' : 'closed'
  tellAndEnd(deps, who, person, event, dataOf(place, place.ticket), markOf(place))
}

/** Tells that there is no place any more, and ends the streams. */
export function tellLost(deps: TellPersonDeps, who: Who, person: Person): void {
  const data = JSON.stringify({ status: 'CLOSED', scheduleId: who.scheduleId, reason: 'NOT_QUEUED' })
  tellAndEnd(deps, who, person, 'closed', data, closedMark('NOT_QUEUED'))
}

function tellAndEnd(
  deps: TellPersonDeps,
  who: Who,
  person: Person,
  event: Exclude<EventName, 'position'>,
  data: string,
  mark: string | null,
): void {
  for (const stream of [...person.streams]) {
    writeNumbered(stream, event, data, performance.now(), mark)
    deps.figures.events.inc({ event })
    deps.end(who, stream, event)
  }
}
