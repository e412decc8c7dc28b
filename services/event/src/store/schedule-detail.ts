import type { ScheduleDetail } from '../domain/schedule-detail.ts'
import type { ScheduleFacts } from './schedule-facts.ts'

/** A schedule as answers show it (`GET /events/schedules/{id}`). */
export const scheduleDetailOf = (facts: ScheduleFacts): ScheduleDetail => ({
  id: facts.scheduleId,
  eventId: facts.eventId,
  eventTitle: facts.eventTitle,
  artist: facts.artist,
  venue: { id: facts.venueId, name: facts.venueName, address: facts.venueAddress, city: facts.venueCity },
  hall: { id: facts.hallId, name: facts.hallName },
  playSequence: facts.playSequence,
  eventStartAt: facts.eventStartAt.toISOString(),
  eventEndAt: facts.eventEndAt.toISOString(),
  saleStartAt: facts.saleStartAt.toISOString(),
  saleEndAt: facts.saleEndAt.toISOString(),
  status: facts.status,
  saleOpen: facts.saleOpen,
  soldOut: facts.seatsSold >= facts.seatsTotal,
  seatsTotal: facts.seatsTotal,
  prices: facts.prices,
  version: facts.version,
})
