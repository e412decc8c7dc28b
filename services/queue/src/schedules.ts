import { type InternalSchedule, internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'

/** What the event service says about a schedule, at most two seconds old; null for one it does not know. */
export type ReadSchedule = (scheduleId: string) => Promise<InternalSchedule | null>

const keptMs = 2_000
const keptMax = 1_000

/**
 * Gives a reader over the event service's internal API. Everybody who asks within two seconds shares one call, so that the
 * crowd at the opening does not reach the event service; a failed call is not kept.
 */
export function createScheduleReader(event: CallService): ReadSchedule {
  const kept = new Map<string, { answer: Promise<InternalSchedule | null>; until: number }>()
  return (scheduleId) => {
    const now = performance.now()
    const found = kept.get(scheduleId)
    if (found !== undefined && found.until > now) return found.answer
    const answer = askEventService(event, scheduleId)
    kept.delete(scheduleId)
    kept.set(scheduleId, { answer, until: now + keptMs })
    answer.catch(() => kept.delete(scheduleId))
    const [oldest] = kept.keys()
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest)
    return answer
  }
}

/** What the event service says about a schedule now; null for one it does not know. Throws a ServiceCallError for no answer. */
export async function askEventService(event: CallService, scheduleId: string): Promise<InternalSchedule | null> {
  try {
    return await event.get(`/internal/schedules/${scheduleId}`, internalScheduleSchema)
  } catch (error) {
    if (error instanceof ServiceCallError && error.status === 404) return null
    throw error
  }
}
