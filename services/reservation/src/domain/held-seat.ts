/** RSV-005. */
export const seatsMax = 4

/** A seat of a reservation as it was sold; `price` in won. */
export interface HeldSeat {
  readonly seatId: string
  readonly seatNumber: string
  readonly grade: 'VIP' | 'S' | 'A' | 'B'
  readonly price: number
}

/** Seats in the order of their numbers, so that a repeated call gets the same answer byte for byte. */
export const inSeatOrder = (seats: readonly HeldSeat[]): HeldSeat[] =>
  seats.toSorted((a, b) => (a.seatNumber < b.seatNumber ? -1 : 1))

/** What the seats cost together, in won. */
export const totalOf = (seats: readonly { readonly price: number }[]): number =>
  seats.reduce((sum, seat) => sum + seat.price, 0)
