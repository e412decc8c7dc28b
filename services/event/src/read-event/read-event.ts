import { type AnswerBody, withTag } from '../answer-body.ts'
import { eventTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { findEventDetail } from '../store/event-detail.ts'

/** Gives an event with its schedules, ready to be sent (EVT-005), or null; administrators always get the present state. */
export async function readEvent(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  eventId: string,
  audience: 'public' | 'admin',
): Promise<AnswerBody | null> {
  const build = async (): Promise<Built | null> => {
    const found = await findEventDetail(db, eventId, audience)
    if (found === null) return null
    return { body: JSON.stringify(found.detail), freshMs: found.changeMs ?? neverChangesMs }
  }
  if (audience === 'public') return cache.read(eventTarget(eventId), build)
  const built = await build()
  return built && withTag(built.body)
}
