/** One thing a buyer did to one seat, as the buyer has seen it; times are of one monotonic clock, in ms. */
export interface Operation {
  /**
   * `hold`: the seat is the buyer's from then on. `refused`: somebody else has it. `release`: the buyer gives it back, or had
   * lost it already. `expire`: the time of the buyer's hold is over. `confirm`: the buyer has it for good.
   */
  readonly kind: 'hold' | 'refused' | 'release' | 'expire' | 'confirm'
  readonly buyer: string
  readonly invokedAtMs: number
  /** When the buyer knew that it had happened; Infinity: it may have happened at any time since, or never. */
  readonly returnedAtMs: number
}

/** Who has a seat, and whether for good; null while it is free. */
export type SeatState = { readonly buyer: string; readonly isKept: boolean } | null

/** What a correct seat would be after an operation, or `impossible` if it could not have happened to it in that state. */
export function apply({ kind, buyer }: Operation, state: SeatState): SeatState | 'impossible' {
  const isTheirs = state?.buyer === buyer
  switch (kind) {
    case 'hold':
      return state === null || (isTheirs && !state.isKept) ? { buyer, isKept: false } : 'impossible'
    case 'refused':
      return state !== null && !isTheirs ? state : 'impossible'
    case 'release':
      if (isTheirs && state.isKept) return 'impossible'
      return isTheirs ? null : state
    case 'expire':
      return isTheirs && !state.isKept ? null : state
    case 'confirm':
      return isTheirs ? { buyer, isKept: true } : 'impossible'
  }
}
