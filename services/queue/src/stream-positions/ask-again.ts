import type { Status } from '../ask-place.ts'
import type { Place } from '../domain/place.ts'
import type { Audience, Person } from './audience.ts'
import { isLast, type TellPersonDeps, tellLast, tellLost, tellWhole, type Who } from './tell-person.ts'

export interface AskAgainDeps extends TellPersonDeps {
  /** What a poll would say, which puts who has a ticket back in line; it does not count as a poll. */
  readonly askAgain: (who: Who & { ticket: string | undefined }) => Promise<Status>
}

const askedPerRound = 5_000
const askedAtOnce = 100

/**
 * Asks for people who are no longer in line, as each of them would by a poll: after a loss of Redis their tickets put them
 * back, nearest first. Whoever has no place any more is told so.
 */
export async function askAgain(deps: AskAgainDeps, { scheduleId }: Audience, people: readonly Person[]): Promise<void> {
  const asked = people.toSorted((one, other) => one.ahead - other.ahead).slice(0, askedPerRound)
  for (let from = 0; from < asked.length; from += askedAtOnce) {
    await Promise.all(asked.slice(from, from + askedAtOnce).map((person) => askOne(deps, scheduleId, person)))
  }
}

async function askOne(deps: AskAgainDeps, scheduleId: string, person: Person): Promise<void> {
  if (person.streams.length === 0) return
  const who = { scheduleId, userId: person.userId }
  const ticket = person.ticketFacts === null ? undefined : deps.tickets.sign(who, person.ticketFacts)
  const status = await deps.askAgain({ ...who, ticket })
  if (status.kind === 'NOT_QUEUED') tellLost(deps, who, person)
  else if (status.kind === 'place' && isLastOf(status.place)) tellLast(deps, who, person, status.place)
  else if (status.kind === 'place') {
    keepPlace(deps, who, person, status.place)
    for (const stream of person.streams) tellWhole(deps, stream, status.place)
  }
}

/** Who keeps a place in a sold-out queue goes on; a closed one that keeps none for this person has nothing to wait for. */
const isLastOf = (place: Place): boolean => isLast(place) || (place.status === 'CLOSED' && place.ticket === null)

/** Notes what a poll has said of a person's place; an answer without a ticket takes nothing away that another device has brought. */
export function keepPlace({ tickets }: TellPersonDeps, who: Who, person: Person, place: Place): void {
  if (place.ticket !== null) person.ticketFacts = tickets.read(who, place.ticket)
  person.ahead = place.aheadOfYou ?? person.ahead
  person.renewedAtMs = performance.now()
}
