import { inSlices } from '@ticket-queue/event-streams'
import { markArrived, renewPlaces } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Place } from '../domain/place.ts'
import { type AskAgainDeps, askAgain } from './ask-again.ts'
import type { Audience, Person } from './audience.ts'
import { findPeople } from './find-people.ts'
import { isLast, tellLast, tellPlace } from './tell-person.ts'

/** How to tell places of a schedule as things stand at this moment. */
export interface Situation {
  /** The place of somebody who waits, without a ticket. */
  readonly waiting: (person: Pick<Person, 'userId' | 'ahead' | 'ticketFacts'>) => Place
  readonly admitted: (token: string, expiresAtMs: number) => Place
  /** What everybody who waits is told while the queue is closed; null while it is open. */
  readonly closed: Place | null
}

export interface TellDeps extends AskAgainDeps {
  readonly redis: RedisClient
  readonly describe: (scheduleId: string) => Promise<Situation>
  readonly renewMs: number
}

/** One round of one schedule: who moved is told the position, who was admitted the token, who lost the place is put back or told. */
export async function tellAudience(deps: TellDeps, audience: Audience): Promise<void> {
  const { scheduleId, people } = audience
  const situation = await deps.describe(scheduleId)
  const { admitted, absent } = await findPeople(deps.redis, audience)
  for (const { person, token, expiresAtMs } of admitted) {
    tellLast(deps, { scheduleId, userId: person.userId }, person, situation.admitted(token, expiresAtMs))
  }
  await markArrived(deps.redis, { scheduleId, userIds: admitted.map(({ person }) => person.userId) })
  const lost = await renew(deps, audience)
  await inSlices(people.values(), (person) => {
    if (person.round !== audience.round) return
    const who = { scheduleId, userId: person.userId }
    const place = situation.closed ?? situation.waiting(person)
    if (isLast(place)) tellLast(deps, who, person, place)
    else tellPlace(deps, who, person, place)
  })
  await askAgain(deps, audience, [...absent, ...lost])
}

/**
 * A streamed person does not poll: the stream keeps the place instead, long before it would be lost (data.md, rule 1), and
 * the ticket fresh. Gives those whose place could not be kept.
 */
async function renew({ redis, renewMs }: TellDeps, { scheduleId, people, round }: Audience): Promise<Person[]> {
  const nowMs = performance.now()
  const due = [...people.values()].filter(
    (person) => person.round === round && nowMs - person.renewedAtMs >= renewMs && person.streams.length > 0,
  )
  const renewed = await renewPlaces(redis, { scheduleId, userIds: due.map(({ userId }) => userId) })
  const lost: Person[] = []
  for (const [index, person] of due.entries()) {
    const facts = renewed[index] ?? null
    person.renewedAtMs = nowMs
    if (facts === null) lost.push(person)
    else if (facts.epochUs > 0) Object.assign(person, { ticketFacts: facts, ticketIsTold: false })
  }
  return lost
}
