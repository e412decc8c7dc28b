import { readLine, readPlaces } from '@ticket-queue/lua/queue'
import type { RedisClient } from '@ticket-queue/redis'
import type { Audience, Person } from './audience.ts'

/** What has become of those who no longer wait. */
export interface FoundPeople {
  readonly admitted: { readonly person: Person; readonly token: string; readonly expiresAtMs: number }[]
  /** In no line and without a token: they have left, or Redis has lost them. */
  readonly absent: Person[]
}

const fewPeople = 1_000
const lineMembersForOneLookUp = 8

/**
 * Begins a round: sets how many are ahead of everybody who waits, and gives the others. Costs one read, whatever the number
 * of streams: a few people are looked up by one script; many by reading the line once for all of them, in pages.
 */
export async function findPeople(redis: RedisClient, audience: Audience): Promise<FoundPeople> {
  audience.round += 1
  const { people, round, scheduleId } = audience
  const asked = [...people.values()]
  if (!isCheaperByLookUp(asked)) {
    await readLine(redis, scheduleId, (userId, ahead) => {
      const person = people.get(userId)
      if (person === undefined) return
      person.ahead = ahead
      person.round = round
    })
  }
  const unseen = asked.filter((person) => person.round !== round)
  const places =
    unseen.length === 0 ? [] : await readPlaces(redis, { scheduleId, userIds: unseen.map(({ userId }) => userId) })
  const found: FoundPeople = { admitted: [], absent: [] }
  for (const [index, person] of unseen.entries()) {
    const place = places[index]
    if (place?.outcome === 'waiting') {
      person.ahead = place.ahead
      person.round = round
    } else if (place?.outcome === 'active') found.admitted.push({ person, ...place })
    else found.absent.push(person)
  }
  return found
}

/** The last of them, where they stood last, tells how much of the line would have to be read. */
function isCheaperByLookUp(people: readonly Person[]): boolean {
  if (people.length <= fewPeople) return true
  const farthest = people.reduce((most, { ahead }) => Math.max(most, ahead), 0)
  return farthest > people.length * lineMembersForOneLookUp
}
