import { defineScript, type RedisClient, replies } from '@ticket-queue/redis'
import { z } from 'zod'
import { queueKey, staysKey } from './keys.ts'

/** Where a user stands: so many are ahead, or admitted with a token, or neither. */
export type PlaceInLine =
  | { outcome: 'waiting'; ahead: number }
  | { outcome: 'active'; token: string; expiresAtMs: number }
  | { outcome: 'absent' }

/** So many users one call asks for: Redis answers nobody else meanwhile (about 1 ms). */
const usersPerCall = 1_000

const script = defineScript({
  file: new URL('./read-places.lua', import.meta.url),
  keys: ['queue', 'stays'],
  args: z.object({ userIds: z.array(z.string()) }),
  reply: replies({ places: { places: z.array(z.union([z.number(), z.string()])) } }),
})

/** The places of users of one schedule, in the order asked for. Unlike a poll, it neither counts as one nor keeps a place. */
export async function readPlaces(
  redis: RedisClient,
  { scheduleId, userIds }: { scheduleId: string; userIds: readonly string[] },
): Promise<PlaceInLine[]> {
  const found: PlaceInLine[] = []
  for (let from = 0; from < userIds.length; from += usersPerCall) {
    const { places } = await script(
      redis,
      { queue: queueKey(scheduleId), stays: staysKey(scheduleId) },
      { userIds: userIds.slice(from, from + usersPerCall) },
    )
    for (const place of places) found.push(toPlace(place))
  }
  return found
}

function toPlace(place: number | string): PlaceInLine {
  if (typeof place === 'number') return place < 0 ? { outcome: 'absent' } : { outcome: 'waiting', ahead: place }
  const [token = '', expiresAtMs] = place.split(' ')
  return { outcome: 'active', token, expiresAtMs: Number(expiresAtMs) }
}
