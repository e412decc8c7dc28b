import type { TicketFacts } from '@ticket-queue/lua/queue'
import type { PositionStream } from './position-stream.ts'

/** Somebody with at least one open stream; several tabs and devices share one place. */
export interface Person {
  readonly userId: string
  /** With which the place is taken up again should Redis lose it. */
  ticketFacts: TicketFacts | null
  /** Whether the streams know the ticket. */
  ticketIsTold: boolean
  readonly streams: PositionStream[]
  ahead: number
  /** The last round in which the person was seen waiting. */
  round: number
  renewedAtMs: number
}

/** Everybody who follows one schedule on this process. */
export interface Audience {
  readonly scheduleId: string
  readonly people: Map<string, Person>
  round: number
}

export interface Audiences {
  /** How many streams are open. */
  readonly size: number
  all(): Iterable<Audience>
  /** Adds a stream; gives the person's oldest one if that has become one too many. */
  join(who: { scheduleId: string; userId: string }, stream: PositionStream, nowMs: number): JoinedPerson
  /** Takes a stream out; repeated, it does nothing. Gives whether it was in. */
  leave(who: { scheduleId: string; userId: string }, stream: PositionStream): boolean
}

export interface JoinedPerson {
  readonly person: Person
  readonly displaced: PositionStream | null
}

/** Keeps who follows what, with at most `streamsPerPersonMax` streams for one person. */
export function createAudiences(streamsPerPersonMax: number): Audiences {
  const audiences = new Map<string, Audience>()
  let size = 0

  const leave: Audiences['leave'] = ({ scheduleId, userId }, stream) => {
    const audience = audiences.get(scheduleId)
    const person = audience?.people.get(userId)
    const index = person?.streams.indexOf(stream) ?? -1
    if (audience === undefined || person === undefined || index < 0) return false
    person.streams.splice(index, 1)
    size -= 1
    if (person.streams.length === 0) audience.people.delete(userId)
    if (audience.people.size === 0) audiences.delete(scheduleId)
    return true
  }

  return {
    get size() {
      return size
    },
    all: () => audiences.values(),
    join: (who, stream, nowMs) => {
      const audience = audiences.get(who.scheduleId) ?? { scheduleId: who.scheduleId, people: new Map(), round: 0 }
      audiences.set(who.scheduleId, audience)
      const person = audience.people.get(who.userId) ?? newPerson(who.userId, nowMs)
      audience.people.set(who.userId, person)
      const displaced = (person.streams.length >= streamsPerPersonMax && person.streams[0]) || null
      person.streams.push(stream)
      size += 1
      if (displaced !== null) leave(who, displaced)
      return { person, displaced }
    },
    leave,
  }
}

const newPerson = (userId: string, nowMs: number): Person => ({
  userId,
  ticketFacts: null,
  ticketIsTold: true,
  streams: [],
  ahead: 0,
  round: 0,
  renewedAtMs: nowMs,
})
