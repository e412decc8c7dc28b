import { eventText } from '@ticket-queue/event-streams'
import type { Inventory } from '../catalogue.ts'
import { ordinalsIn, type SeatBits } from '../domain/seat-bits.ts'
import { changesBetween } from '../domain/seat-changes.ts'
import { readVersion } from '../domain/seat-version.ts'
import type { SeatState } from './seat-state.ts'

export type StateFormat = 'list' | 'bitmap'

/** The present state of a schedule's seats in the words of its answers; each text is made once for all who ask. */
export interface SeatPicture {
  readonly version: string
  readonly digest: string
  /** Whether a version of this or another replica is the present state. */
  is(version: string): boolean
  whole(format: StateFormat): string
  /** The part of the list that is about the seats with the ordinals of a page, from 0 on; beyond the hall there are none. */
  listPage(page: number): string
  /**
   * What has changed since a version of this or another replica; null if that state is not remembered, or if all seats as bit
   * sets are shorter for whom takes these.
   */
  since(version: string, format: StateFormat): string | null
  /** The same as the bytes of a server-sent event: changes, or else the whole state as bit sets. */
  eventSince(version: string | null): Buffer
}

/** The present state and the last ones before it, from any of which a client can be led on. */
export interface SeatHistory {
  readonly picture: SeatPicture
  /** Makes a state the present one. Gives whether it is another one than before. */
  add(state: SeatState, inventory: Inventory): boolean
}

/** Begins a history; of the states before the present one at most `statesMax` are remembered. */
export function createHistory(
  scheduleId: string,
  first: { state: SeatState; inventory: Inventory },
  statesMax: number,
): SeatHistory {
  const states = new Map<string, SeatState>()
  const remember = (state: SeatState) => {
    // A state that comes back is the youngest again.
    states.delete(state.digest)
    states.set(state.digest, state)
    const [oldest] = states.keys()
    if (states.size > statesMax + 1 && oldest !== undefined) states.delete(oldest)
  }
  let present = first.state
  remember(present)
  const draw = (inventory: Inventory) => drawPicture(scheduleId, present, inventory, states)
  let picture = draw(first.inventory)
  return {
    get picture() {
      return picture
    },
    add: (state, inventory) => {
      if (state.digest === present.digest) return false
      // Ordinals of another hall mean other seats.
      if (state.counts.total !== present.counts.total) states.clear()
      present = state
      remember(present)
      picture = draw(inventory)
      return true
    },
  }
}

/** Shorter changes are told as such also where bit sets were shorter still: both go in one packet. */
const packetBytes = 1_024

/** So many seats a page of the list is about; the whole list is about as many as a hall may have. */
const pageSeats = 5_000

function drawPicture(
  scheduleId: string,
  state: SeatState,
  inventory: Inventory,
  states: ReadonlyMap<string, SeatState>,
): SeatPicture {
  const { version, digest, counts: seats, sold, hold, isOld } = state
  const sets = {
    list: () => ({ sold: idsOf(ordinalsIn(sold), inventory), hold: idsOf(ordinalsIn(hold), inventory) }),
    bitmap: () => ({ sold: base64Of(sold), hold: base64Of(hold) }),
  }
  const whole = eachOnce((format: StateFormat) =>
    JSON.stringify({ scheduleId, version, whole: true, isOld, seats, ...sets[format]() }),
  )
  const listPage = eachOnce((page: number) => {
    const isOnPage = (ordinal: number) => Math.floor(ordinal / pageSeats) === page
    const onPage = (bits: SeatBits) => idsOf(ordinalsIn(bits).filter(isOnPage), inventory)
    const part = { page, pages: Math.ceil(seats.total / pageSeats), sold: onPage(sold), hold: onPage(hold) }
    return JSON.stringify({ scheduleId, version, whole: true, isOld, seats, ...part })
  })
  const changesFrom = eachOnce((from: SeatState) => {
    const changes = changesBetween(from, state)
    return JSON.stringify({ scheduleId, version, whole: false, since: from.version, isOld, seats, changes })
  })
  const eventFrom = eachOnce((from: SeatState | null) =>
    from === null ? eventOf('seats', version, whole('bitmap')) : eventOf('changes', version, changesFrom(from)),
  )
  const isLong = (text: string) => text.length > packetBytes && text.length > whole('bitmap').length
  const known = (since: string) => states.get(readVersion(since)?.digest ?? '') ?? null
  return {
    version,
    digest,
    is: (other) => readVersion(other)?.digest === digest,
    whole,
    listPage,
    since: (since, format) => {
      const from = known(since)
      if (from === null || (format === 'bitmap' && isLong(changesFrom(from)))) return null
      return inWordsOf(since, from, changesFrom(from))
    },
    eventSince: (since) => {
      const from = since === null ? null : known(since)
      if (from === null || isLong(changesFrom(from))) return eventFrom(null)
      if (since === null || since === from.version) return eventFrom(from)
      return eventOf('changes', version, inWordsOf(since, from, changesFrom(from)))
    },
  }
}

const eventOf = (event: string, id: string, data: string): Buffer => Buffer.from(eventText({ id, event, data }))

/** Another replica has seen the same state at another moment: the client is answered about the version it knows. */
const inWordsOf = (since: string, from: SeatState, text: string): string =>
  since === from.version ? text : text.replace(`"since":"${from.version}"`, `"since":"${since}"`)

const base64Of = (bits: SeatBits): string => Buffer.from(bits).toString('base64')

const idsOf = (ordinals: readonly number[], { byOrdinal }: Inventory): string[] =>
  ordinals.flatMap((ordinal) => byOrdinal[ordinal]?.id ?? [])

/** Gives a function that makes each value once and then gives the one it has. */
function eachOnce<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const found = made.get(key) ?? make(key)
    made.set(key, found)
    return found
  }
}
