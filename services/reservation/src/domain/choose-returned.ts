import type { HeldSeat } from './held-seat.ts'

type Grade = HeldSeat['grade']

/** A seat that was given back; seats of one ticket have the same `sold_as`. */
export interface ReturnedSeat {
  readonly id: string
  readonly seat_id: string
  readonly grade: Grade
  readonly sold_as: string
}

/** What somebody waits for; null: seats of any grade. */
export interface WaitedFor {
  readonly grade: Grade | null
  readonly seats_wanted: number
}

/**
 * Chooses seats for who is next in line, from those that came back, longest waiting first: of one ticket if one has enough,
 * because they were bought side by side, and of the smallest such one, so that larger groups stay whole; else those that
 * have waited longest. Null if there are too few.
 */
export function chooseReturned<Seat extends ReturnedSeat>(returned: readonly Seat[], wish: WaitedFor): Seat[] | null {
  const fitting = returned.filter((seat) => wish.grade === null || seat.grade === wish.grade)
  if (fitting.length < wish.seats_wanted) return null
  const tickets = [...Map.groupBy(fitting, (seat) => seat.sold_as).values()]
  const [together] = tickets
    .filter((seats) => seats.length >= wish.seats_wanted)
    .toSorted((one, other) => one.length - other.length)
  return (together ?? fitting).slice(0, wish.seats_wanted)
}
