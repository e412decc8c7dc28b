import { setImmediate as afterOthers } from 'node:timers/promises'
import {
  type InternalInventory,
  type InternalSchedule,
  type InternalSeatColumns,
  type InternalSeats,
  internalInventorySchema,
  internalScheduleSchema,
  internalSeatBitmapSchema,
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
  /** Made when it is first asked for: who chooses seats does without. */
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
const none = { seats: [] as CatalogueSeat[] }
/** So many seats are taken into an inventory in a millisecond or two. */
const seatsPerTurn = 5_000
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
  const inventoryOfLayout = keepBriefly(inventoryMs, async (key) => {
    const [id] = key.split(' ')
    const path = `/internal/schedules/${id}/seats?format=columns`
    return inventoryOf(await orIfUnknown(none, event.get(path, internalInventorySchema)))
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

/** Takes in the seats of an answer, which are in ordinal order, and lets everything else in the process have its turn meanwhile. */
async function inventoryOf(answer: InternalInventory | typeof none): Promise<Inventory> {
  const [seatsTotal, seatAt] =
    'columns' in answer
      ? [answer.columns.id.length, seatsIn(answer)]
      : [answer.seats.length, (index: number) => valueAt(answer.seats, index)]
  const byId = new Map<string, CatalogueSeat>()
  const byOrdinal: CatalogueSeat[] = []
  for (let index = 0; index < seatsTotal; index += 1) {
    // Before the first as well: to parse the answer has taken up a turn already.
    if (index % seatsPerTurn === 0) await afterOthers()
    const seat = seatAt(index)
    byOrdinal.push(seat)
    byId.set(seat.id, seat)
  }
  let hall: Hall | undefined
  return {
    byId,
    byOrdinal,
    get hall() {
      hall ??= hallOf(byOrdinal)
      return hall
    },
  }
}

function seatsIn({ columns, ...marks }: InternalSeatColumns): (index: number) => CatalogueSeat {
  const accessible = new Set(marks.accessible)
  const companions = new Map(marks.companions)
  const restrictedView = new Set(marks.restrictedView)
  return (index) => {
    const ordinal = valueAt(columns.ordinal, index)
    return {
      id: valueAt(columns.id, index),
      ordinal,
      seatNumber: valueAt(columns.seatNumber, index),
      section: valueAt(columns.section, index),
      row: valueAt(columns.row, index),
      grade: valueAt(columns.grade, index),
      price: valueAt(columns.price, index),
      x: valueAt(columns.x, index),
      y: valueAt(columns.y, index),
      accessible: accessible.has(ordinal),
      companionOf: companions.get(ordinal) ?? null,
      restrictedView: restrictedView.has(ordinal),
    }
  }
}

/** The value for a seat; the schema has seen that each list has one. */
const valueAt = <Value>(list: readonly Value[], index: number): Value => list[index] as Value
