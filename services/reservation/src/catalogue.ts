import {
  type InternalSchedule,
  internalScheduleSchema,
  internalSeatStatusSchema,
  internalSeatsSchema,
} from '@ticket-queue/contracts/http/event'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'

/** A seat as sold: price and grade come from the event service, never from a client. */
export interface CatalogueSeat {
  readonly id: string
  readonly ordinal: number
  readonly seatNumber: string
  readonly grade: 'VIP' | 'S' | 'A' | 'B'
  readonly price: number
}

/** What this service knows of the event service's data, for a bounded time and a bounded number of schedules. */
export interface Catalogue {
  /** Facts of a schedule, at most `scheduleMs` old; null for an unknown one. */
  schedule(scheduleId: string): Promise<InternalSchedule | null>
  /** The seats by ID in ordinal order; they do not change once a schedule is on sale. */
  seats(scheduleId: string): Promise<ReadonlyMap<string, CatalogueSeat>>
  /** IDs of the seats sold, at most `soldMs` old. */
  soldSeatIds(scheduleId: string): Promise<readonly string[]>
}

interface Kept<T> {
  readonly value: Promise<T>
  readonly until: number
}

const schedulesMax = 200
const scheduleMs = 2_000
const seatsMs = 60_000
const soldMs = 500

/** A catalogue over the event service's internal API. Concurrent askers share one call; a failed call is not kept. */
export function createCatalogue(event: CallService): Catalogue {
  const schedules = new Map<string, Kept<InternalSchedule | null>>()
  const seats = new Map<string, Kept<ReadonlyMap<string, CatalogueSeat>>>()
  const sold = new Map<string, Kept<readonly string[]>>()
  return {
    schedule: (id) => kept(schedules, id, scheduleMs, () => readSchedule(event, id)),
    seats: (id) => kept(seats, id, seatsMs, () => readSeats(event, id)),
    soldSeatIds: (id) => kept(sold, id, soldMs, () => readSold(event, id)),
  }
}

function kept<T>(cache: Map<string, Kept<T>>, id: string, forMs: number, read: () => Promise<T>): Promise<T> {
  const found = cache.get(id)
  if (found && found.until > performance.now()) return found.value
  const value = read()
  value.catch(() => cache.delete(id))
  cache.delete(id)
  cache.set(id, { value, until: performance.now() + forMs })
  const [oldest] = cache.keys()
  if (cache.size > schedulesMax && oldest !== undefined) cache.delete(oldest)
  return value
}

async function readSchedule(event: CallService, id: string): Promise<InternalSchedule | null> {
  try {
    return await event.get(`/internal/schedules/${id}`, internalScheduleSchema)
  } catch (error) {
    if (error instanceof ServiceCallError && error.status === 404) return null
    throw error
  }
}

async function readSeats(event: CallService, id: string): Promise<ReadonlyMap<string, CatalogueSeat>> {
  const answer = await event.get(`/internal/schedules/${id}/seats`, internalSeatsSchema)
  return new Map(answer.seats.map((seat) => [seat.id, seat]))
}

async function readSold(event: CallService, id: string): Promise<readonly string[]> {
  const answer = await event.get(`/internal/seats/status/${id}`, internalSeatStatusSchema)
  return answer.soldSeatIds
}
