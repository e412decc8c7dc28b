import { type InternalSchedule, internalScheduleSchema } from '@ticket-queue/contracts/http/event'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'

/**
 * What the event service says about a schedule, at most two seconds old, or, while it gives no answer, what it said last; null for one
 * it does not know.
 */
export type ReadSchedule = (scheduleId: string) => Promise<InternalSchedule | null>

const keptMs = 2_000
const keptMax = 1_000
/** How long the last answer serves while the event service gives none. */
const lastServesMs = 600_000

/**
 * Gives a reader over the event service's internal API. Everybody who asks within two seconds shares one call, so that the
 * crowd at the opening does not reach the event service. Without an answer (a 404 is one) the last one serves for ten minutes; who asks
 * where there is none gets the ServiceCallError, and that is not kept.
 */
export function createScheduleReader(event: CallService): ReadSchedule {
  const kept = new Map<string, { answer: Promise<InternalSchedule | null>; untilMs: number }>()
  const last = new Map<string, { schedule: InternalSchedule; atMs: number }>()
  const ask = async (scheduleId: string) => {
    try {
      const schedule = await askEventService(event, scheduleId)
      if (schedule === null) last.delete(scheduleId)
      else keep(last, scheduleId, { schedule, atMs: performance.now() })
      return schedule
    } catch (error) {
      const known = last.get(scheduleId)
      if (!isWithoutAnswer(error) || known === undefined) throw error
      if (performance.now() - known.atMs >= lastServesMs) throw error
      return known.schedule
    }
  }
  return (scheduleId) => {
    const nowMs = performance.now()
    const found = kept.get(scheduleId)
    if (found !== undefined && found.untilMs > nowMs) return found.answer
    const answer = ask(scheduleId)
    keep(kept, scheduleId, { answer, untilMs: nowMs + keptMs })
    answer.catch(() => kept.delete(scheduleId))
    return answer
  }
}

/** The entries kept longest ago are forgotten first. */
function keep<T>(entries: Map<string, T>, scheduleId: string, entry: T): void {
  entries.delete(scheduleId)
  entries.set(scheduleId, entry)
  const [oldest] = entries.keys()
  if (entries.size > keptMax && oldest !== undefined) entries.delete(oldest)
}

/** Whether this says that the event service could not tell; a refusal is its word. */
export const isWithoutAnswer = (error: unknown): error is ServiceCallError =>
  error instanceof ServiceCallError && (error.unreachable || (error.status ?? 0) >= 500)

/** What the event service says about a schedule now; null for one it does not know. Throws a ServiceCallError for no answer. */
export async function askEventService(event: CallService, scheduleId: string): Promise<InternalSchedule | null> {
  try {
    return await event.get(`/internal/schedules/${scheduleId}`, internalScheduleSchema)
  } catch (error) {
    if (error instanceof ServiceCallError && error.status === 404) return null
    throw error
  }
}
