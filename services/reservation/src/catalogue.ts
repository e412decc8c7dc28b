import {
  type InternalSchedule,
  type InternalSeats,
  internalScheduleSchema,
  internalSeatBitmapSchema,
  internalSeatsSchema,
} from '@ticket-queue/contracts/http/event'
import { type CallService, ServiceCallError } from '@ticket-queue/service-kit'
import { type Hall, hallOf } from './domain/hall.ts'
import { keepBriefly } from './keep-briefly.ts'
import { keepFresh } from './keep-fresh.ts'
import { unavailable } from './unavailable.ts'

/** A seat as sold: price and grade come from the event service, never from a client. */
export type CatalogueSeat = InternalSeats['seats'][number]

/** The seats of a schedule as one layout of it has them; it keeps its layout once it is on sale. */
export interface Inventory {
  readonly byId: ReadonlyMap<string, CatalogueSeat>
  /** Seat n is the one with ordinal n. */
  readonly byOrdinal: readonly CatalogueSeat[]
  readonly hall: Hall
}

/** What this service knows of the event service's data, for a bounded time and a bounded number of schedules. */
export interface Catalogue {
  /** Facts of a schedule, at most 2 s old; null for an unknown one. */
  schedule(scheduleId: string): Promise<InternalSchedule | null>
  /** The seats of the layout that `schedule` names, read once for it; none for an unknown schedule. */
  inventory(scheduleId: string): Promise<Inventory>
  /** Bit n is set if the seat with ordinal n is sold, as of now; empty for an unknown schedule. */
  soldBits(scheduleId: string): Promise<Uint8Array>
  /** The same, at most half a second old. */
  recentlySoldBits(scheduleId: string): Promise<Uint8Array>
}

const scheduleMs = { freshMs: 1_000, keepMs: 2_000 }
/** A layout's seats stay as they are, and to read a large hall holds everybody up. */
const inventoryMs = 600_000
const soldMs = 500

/**
 * A catalogue over the event service's internal API. Concurrent askers share one call. Throws 503 SERVICE_UNAVAILABLE
 * when the event service gives no usable answer.
 */
export function createCatalogue(event: CallService): Catalogue {
  const soldBits = async (id: string): Promise<Uint8Array> => {
    const path = `/internal/seats/status/${id}?format=bitmap`
    const { sold } = await orIfUnknown({ sold: '' }, event.get(path, internalSeatBitmapSchema))
    return Buffer.from(sold, 'base64')
  }
  const { recent: schedule } = keepFresh(scheduleMs, (id) =>
    orIfUnknown(null, event.get(`/internal/schedules/${id}`, internalScheduleSchema)),
  )
  const none = { seats: [] as CatalogueSeat[] }
  const inventoryOfLayout = keepBriefly(inventoryMs, async (key) => {
    const [id] = key.split(' ')
    return inventoryOf(await orIfUnknown(none, event.get(`/internal/schedules/${id}/seats`, internalSeatsSchema)))
  })
  return {
    schedule,
    // Until shortly before the sale prices and seats may change, and somebody may have asked for them by then.
    inventory: async (id) => {
      const found = await schedule(id)
      return found === null ? inventoryOf(none) : inventoryOfLayout(`${id} ${found.layoutVersion}`)
    },
    soldBits,
    recentlySoldBits: keepBriefly(soldMs, soldBits),
  }
}

async function orIfUnknown<Found, Absent>(absent: Absent, call: Promise<Found>): Promise<Found | Absent> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ServiceCallError && error.status === 404) return absent
    throw unavailable(error)
  }
}

function inventoryOf({ seats }: { seats: readonly CatalogueSeat[] }): Inventory {
  const byOrdinal = seats.toSorted((a, b) => a.ordinal - b.ordinal)
  return { byId: new Map(seats.map((seat) => [seat.id, seat])), byOrdinal, hall: hallOf(byOrdinal) }
}
