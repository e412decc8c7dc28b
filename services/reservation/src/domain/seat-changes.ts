import type { SeatBits } from './seat-bits.ts'

/** What every seat of a hall is; what is in neither set is available, and no seat is in both. */
export interface SeatSets {
  readonly sold: SeatBits
  readonly hold: SeatBits
}

/** The ordinals of seats that have become something else, by what they are now, each ascending. */
export interface SeatChanges {
  readonly available: number[]
  readonly sold: number[]
  readonly hold: number[]
}

/** What leads from one state of a hall to another one (RSV-003). */
export function changesBetween(from: SeatSets, to: SeatSets): SeatChanges {
  const changes: SeatChanges = { available: [], sold: [], hold: [] }
  for (let index = 0; index < to.sold.length; index += 1) {
    const [sold, hold] = [to.sold[index] ?? 0, to.hold[index] ?? 0]
    const changed = ((from.sold[index] ?? 0) ^ sold) | ((from.hold[index] ?? 0) ^ hold)
    for (let bit = 0; changed >> bit !== 0; bit += 1) {
      if (((changed >> bit) & 1) === 0) continue
      const now = (sold >> bit) & 1 ? changes.sold : (hold >> bit) & 1 ? changes.hold : changes.available
      now.push(index * 8 + bit)
    }
  }
  return changes
}
