import { type AnswerBody, withTag } from '../answer-body.ts'
import { scheduleTarget } from '../cache/cache-keys.ts'
import { type Built, neverChangesMs } from '../cache/catalogue-cache.ts'
import type { Deps } from '../dependencies.ts'
import { scheduleDetailOf } from '../store/schedule-detail.ts'
import { findScheduleFacts } from '../store/schedule-facts.ts'

/** Gives a schedule with its event, place and prices, ready to be sent, or null; administrators get the present state. */
export async function readSchedule(
  { db, cache }: Pick<Deps, 'db' | 'cache'>,
  scheduleId: string,
  audience: 'public' | 'admin',
): Promise<AnswerBody | null> {
  const build = async (): Promise<Built | null> => {
    const facts = await findScheduleFacts(db, scheduleId)
    if (facts === null || (facts.eventStatus === 'PREPARING' && audience === 'public')) return null
    return { body: JSON.stringify(scheduleDetailOf(facts)), freshMs: facts.changeMs ?? neverChangesMs }
  }
  if (audience === 'public') return cache.read(scheduleTarget(scheduleId), build)
  const built = await build()
  return built && withTag(built.body)
}
