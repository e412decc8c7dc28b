import { apply, type Operation, type SeatState } from './operation.ts'

export type Verdict =
  | { readonly isLinearizable: true }
  /** The longest order that a correct seat could have gone through, and what it cannot go on with. */
  | {
      readonly isLinearizable: false
      readonly order: readonly Operation[]
      readonly state: SeatState
      readonly stuckAt: readonly Operation[]
    }

const stepsMax = 2_000_000

/**
 * Whether one seat's history is that of a register which changes hands one operation at a time, each at some moment between
 * its call and its answer (Herlihy and Wing, 1990). Depth-first over all such orders, a set of done operations and a state
 * being tried once (Wing and Gong, 1993; Lowe, 2017). Throws if two million steps do not decide.
 */
export function checkSeat(history: readonly Operation[]): Verdict {
  const operations = history.toSorted((a, b) => a.invokedAtMs - b.invokedAtMs)
  const mustHappen = operations.reduce((bits, { returnedAtMs }, n) => bits | bit(n, returnedAtMs < Infinity), 0n)
  const tried = new Set<string>()
  const order: Operation[] = []
  let longest: Extract<Verdict, { isLinearizable: false }> = {
    isLinearizable: false,
    order: [],
    state: null,
    stuckAt: operations.slice(0, 1),
  }
  let steps = 0

  const search = (done: bigint, state: SeatState): boolean => {
    if ((done & mustHappen) === mustHappen) return true
    const place = `${done.toString(36)} ${state?.buyer} ${state?.isKept}`
    if (tried.has(place)) return false
    tried.add(place)
    steps += 1
    if (steps > stepsMax)
      throw new Error(`${stepsMax} steps do not decide a history of ${operations.length} operations`)
    const next = candidates(operations, done)
    if (order.length >= longest.order.length)
      longest = { ...longest, order: [...order], state, stuckAt: next.map(({ operation }) => operation) }
    // A refusal that fits now changes nothing, so that no order is lost by taking it at once.
    const fitting = next.find(
      ({ operation }) => operation.kind === 'refused' && apply(operation, state) !== 'impossible',
    )
    for (const { n, operation } of fitting ? [fitting] : next) {
      const after = apply(operation, state)
      if (after === 'impossible') continue
      order.push(operation)
      if (search(done | bit(n, true), after)) return true
      order.pop()
    }
    return false
  }
  return search(0n, null) ? { isLinearizable: true } : longest
}

const bit = (n: number, isSet: boolean): bigint => (isSet ? 1n << BigInt(n) : 0n)

/** What may come next: whatever was called before the first answer that is still to come. Those that may never have happened come last. */
function candidates(operations: readonly Operation[], done: bigint) {
  const open = operations.flatMap((operation, n) => ((done >> BigInt(n)) & 1n ? [] : [{ n, operation }]))
  const firstAnswerMs = Math.min(...open.map(({ operation }) => operation.returnedAtMs))
  return open
    .filter(({ operation }) => operation.invokedAtMs <= firstAnswerMs)
    .toSorted((a, b) => a.operation.returnedAtMs - b.operation.returnedAtMs || a.n - b.n)
}
