import { type AnswerBody, tagged } from '../answer-body.ts'
import { eventTarget } from '../cache/cache-keys.ts'
import { neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { eventDetailSchema } from '../domain/event-detail.ts'
import { findEventDetail } from '../store/event-detail.ts'

/** The schedules of an event as it was last read: as long as many ask, they are cut out of it once. */
const cutOut = new WeakMap<AnswerBody, AnswerBody>()

/** Gives the schedules of an event in order, ready to be sent, or null; they come from the same cache entry as the event. */
export async function listSchedules(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  eventId: string,
  audience: 'public' | 'admin',
): Promise<AnswerBody | null> {
  if (audience === 'admin') {
    const found = await findEventDetail(db, eventId, audience)
    return found && tagged(found.detail.schedules)
  }
  const entry = await cache.read(eventTarget(eventId), async () => {
    const found = await findEventDetail(db, eventId, 'public')
    return found && { body: JSON.stringify(found.detail), freshMs: found.changeMs ?? neverChangesMs }
  })
  if (entry === null) return null
  const known = cutOut.get(entry)
  if (known !== undefined) return known
  const schedules = tagged(eventDetailSchema.parse(JSON.parse(entry.plain.toString())).schedules)
  cutOut.set(entry, schedules)
  return schedules
}
