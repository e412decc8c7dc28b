import { expect } from 'vitest'
import type { z } from 'zod'
import { bitsOf, ordinalsIn } from './domain/seat-bits.ts'
import { readVersion } from './domain/seat-version.ts'
import type { seatStatesSchema } from './read-seat-states/read-seat-states.route.ts'
import { seatStateOf } from './states/seat-state.ts'

/** What `GET /reservations/seats/{scheduleId}` and its stream tell. */
export type ToldStates = z.output<typeof seatStatesSchema>

/** A client that keeps a picture of the seats from what it is told, and expects each state to be the one its version names. */
export interface Viewer {
  version(): string | undefined
  take(told: ToldStates): void
  /** One letter for each seat: A, S or H. */
  seats(): string
  whole(): number
  deltas(): number
}

/** Gives a client that knows nothing yet; `seatIds` are the seats by ordinal, for lists. */
export function createViewer(seatIds: readonly string[]): Viewer {
  const states = new Map<number, 'sold' | 'hold'>()
  let version: string | undefined
  let [wholes, deltas] = [0, 0]
  const ordinalsOf = (state: 'sold' | 'hold') => [...states].flatMap(([ordinal, is]) => (is === state ? [ordinal] : []))
  const putWhole = (state: 'sold' | 'hold', told: string | string[]) => {
    const ordinals =
      typeof told === 'string' ? ordinalsIn(Buffer.from(told, 'base64')) : told.map((id) => seatIds.indexOf(id))
    for (const ordinal of ordinals) states.set(ordinal, state)
  }
  return {
    version: () => version,
    take: (told) => {
      if (told.whole) {
        wholes += 1
        states.clear()
        putWhole('sold', told.sold)
        putWhole('hold', told.hold)
      } else {
        deltas += 1
        expect(told.since, 'a delta leads on from what this client has').toBe(version)
        for (const ordinal of told.changes.available) states.delete(ordinal)
        for (const ordinal of told.changes.sold) states.set(ordinal, 'sold')
        for (const ordinal of told.changes.hold) states.set(ordinal, 'hold')
      }
      version = told.version
      const total = told.seats.total
      const [sold, hold] = [bitsOf(ordinalsOf('sold'), total), bitsOf(ordinalsOf('hold'), total)]
      const state = seatStateOf({ total, sold, hold, isOld: told.isOld, seenAtMs: 0 })
      expect(state.digest, 'the state that the version names').toBe(readVersion(told.version)?.digest)
      expect(state.counts).toEqual(told.seats)
    },
    seats: () =>
      seatIds
        .map((_, ordinal) => ({ sold: 'S', hold: 'H', available: 'A' })[states.get(ordinal) ?? 'available'])
        .join(''),
    whole: () => wholes,
    deltas: () => deltas,
  }
}
