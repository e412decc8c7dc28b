import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import type { Deps } from '../dependencies.ts'
import { findScheduleFacts } from '../store/schedule-facts.ts'

/** Gives what queue and reservation need to know of a schedule, judged by the database's clock now; null if unknown. */
export async function readInternalSchedule(
  { db }: Pick<Deps, 'db'>,
  scheduleId: string,
): Promise<InternalSchedule | null> {
  const facts = await findScheduleFacts(db, scheduleId)
  if (facts === null) return null
  return {
    scheduleId: facts.scheduleId,
    eventId: facts.eventId,
    eventTitle: facts.eventTitle,
    artist: facts.artist,
    venueName: facts.venueName,
    hallName: facts.hallName,
    eventStartAt: facts.eventStartAt.toISOString(),
    eventEndAt: facts.eventEndAt.toISOString(),
    saleStartAt: facts.saleStartAt.toISOString(),
    saleEndAt: facts.saleEndAt.toISOString(),
    status: facts.status,
    eventStatus: facts.eventStatus,
    seatsTotal: facts.seatsTotal,
    seatsSold: facts.seatsSold,
    saleOpen: facts.saleOpen,
    layoutVersion: facts.layoutVersion,
    rules: facts.rules,
  }
}
