import { eventTarget } from '../cache/cache-keys.ts'
import { neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { type EventDetail, eventDetailSchema } from '../domain/event-detail.ts'
import { findEventDetail } from '../store/event-detail.ts'

/** Gives the schedules of an event in order, or null; they come from the same cache entry as the event itself. */
export async function listSchedules(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  eventId: string,
  audience: 'public' | 'admin',
): Promise<EventDetail['schedules'] | null> {
  if (audience === 'admin') return (await findEventDetail(db, eventId, audience))?.detail.schedules ?? null
  const entry = await cache.read(eventTarget(eventId), async () => {
    const found = await findEventDetail(db, eventId, 'public')
    return found && { body: JSON.stringify(found.detail), freshMs: found.changeMs ?? neverChangesMs }
  })
  return entry && eventDetailSchema.parse(JSON.parse(entry.body)).schedules
}
