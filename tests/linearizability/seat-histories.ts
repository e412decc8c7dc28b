import { type Answer, isUnknown } from '../faults/people.ts'
import type { Operation } from './operation.ts'

export interface HistoryTerms {
  /** How long a hold lasts. */
  readonly holdMs: number
  /** How long after its time a hold may still keep its seats (S3). */
  readonly graceMs: number
}

/** What is known of one buyer: when a hold can have begun, and whether every call has been answered. */
interface BuyerFacts {
  heldFromMs: number
  heldUntilMs: number
  isCertain: boolean
  readonly seatIds: Set<string>
}

/** The database counts seconds by another clock than the one that measures here. */
const clockToleranceMs = 250

/**
 * Records what a crowd does, seat by seat: each call with its times and what its answer says of single seats. The end of
 * each hold becomes an operation as well, which must have happened in time unless a call was left without an answer.
 */
export function recordSeats({ holdMs, graceMs }: HistoryTerms) {
  const bySeat = new Map<string, Operation[]>()
  const buyers = new Map<string, BuyerFacts>()
  const factsOf = (buyer: string): BuyerFacts => {
    const facts = buyers.get(buyer) ?? { heldFromMs: Infinity, heldUntilMs: 0, isCertain: true, seatIds: new Set() }
    buyers.set(buyer, facts)
    return facts
  }
  const note = (seatIds: readonly string[], operation: Operation) => {
    for (const seatId of seatIds) bySeat.set(seatId, [...(bySeat.get(seatId) ?? []), operation])
  }
  const timed = async (call: () => Promise<Answer>) => {
    const invokedAtMs = performance.now()
    const answer = await call()
    return { answer, invokedAtMs, returnedAtMs: isUnknown(answer) ? Infinity : performance.now() }
  }
  const isTaken = (answer: Answer) => answer.code === 'SEAT_TAKEN'
  const takenIn = (answer: Answer) => answer.body['seatIds'] as string[]

  return {
    async hold(buyer: string, seatIds: readonly string[], call: () => Promise<Answer>): Promise<Answer> {
      const { answer, ...times } = await timed(call)
      if (isTaken(answer)) note(takenIn(answer), { kind: 'refused', buyer, ...times })
      if (answer.status !== 201 && !isUnknown(answer)) return answer
      const facts = factsOf(buyer)
      // The same call again without an answer adds nothing: the first one may have happened at any time since.
      const isRepeat = !facts.isCertain && seatIds.every((seatId) => facts.seatIds.has(seatId))
      if (!isUnknown(answer) || !isRepeat) note(seatIds, { kind: 'hold', buyer, ...times })
      for (const seatId of seatIds) facts.seatIds.add(seatId)
      facts.heldFromMs = Math.min(facts.heldFromMs, times.invokedAtMs)
      if (isUnknown(answer)) facts.isCertain = false
      else facts.heldUntilMs = times.returnedAtMs
      return answer
    },
    async change(
      buyer: string,
      { droppedIds, addedIds }: { readonly droppedIds: readonly string[]; readonly addedIds: readonly string[] },
      call: () => Promise<Answer>,
    ): Promise<Answer> {
      const { answer, ...times } = await timed(call)
      if (isTaken(answer)) note(takenIn(answer), { kind: 'refused', buyer, ...times })
      if (answer.status !== 200 && !isUnknown(answer)) return answer
      note(droppedIds, { kind: 'release', buyer, ...times })
      note(addedIds, { kind: 'hold', buyer, ...times })
      const facts = factsOf(buyer)
      for (const seatId of addedIds) facts.seatIds.add(seatId)
      if (isUnknown(answer)) facts.isCertain = false
      return answer
    },
    async release(buyer: string, seatIds: readonly string[], call: () => Promise<Answer>): Promise<Answer> {
      const { answer, ...times } = await timed(call)
      if (answer.status === 204 || isUnknown(answer)) note(seatIds, { kind: 'release', buyer, ...times })
      return answer
    },
    /** A payment from its opening to the ticket. One that fails frees the seats when it is settled, so it leaves everything open. */
    async confirm(buyer: string, seatIds: readonly string[], pay: () => Promise<void>): Promise<boolean> {
      const invokedAtMs = performance.now()
      factsOf(buyer).isCertain = false
      const isPaid = await pay().then(
        () => true,
        () => false,
      )
      const returnedAtMs = isPaid ? performance.now() : Infinity
      note(seatIds, { kind: 'confirm', buyer, invokedAtMs, returnedAtMs })
      if (!isPaid) note(seatIds, { kind: 'release', buyer, invokedAtMs, returnedAtMs })
      return isPaid
    },
    /** Every seat's history, ends of holds included. */
    histories(): ReadonlyMap<string, readonly Operation[]> {
      const complete = new Map([...bySeat].map(([seatId, operations]) => [seatId, [...operations]]))
      for (const [buyer, { heldFromMs, heldUntilMs, isCertain, seatIds }] of buyers) {
        const invokedAtMs = heldFromMs + holdMs - clockToleranceMs
        const returnedAtMs = isCertain ? heldUntilMs + holdMs + graceMs : Infinity
        for (const seatId of seatIds) complete.get(seatId)?.push({ kind: 'expire', buyer, invokedAtMs, returnedAtMs })
      }
      return complete
    },
  }
}

export type SeatRecorder = ReturnType<typeof recordSeats>
