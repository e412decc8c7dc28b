import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { repeatUntilClosed } from '../wait.ts'
import { discardOrdered } from './letter-rows.ts'

/** Carries out what operators order for letters, until closed. */
export interface Replayer {
  /** Finishes the letter in hand. */
  close(): Promise<void>
}

/** What became of the letter that was next; one that is waiting for something is passed over until the next round. */
export interface Replayed {
  readonly letterId: string
  readonly isWaiting: boolean
}

const everyMs = 1000
/** In one round; the next comes after a second. */
const lettersMax = 500

/** Discards what is to be discarded and calls `replayNext` until it gives null, once a second. */
export function replayRounds<DB>(
  { db, group, log }: { readonly db: Kysely<DB>; readonly group: string | null; readonly log: Logger },
  replayNext: (passedOver: readonly string[], signal: AbortSignal) => Promise<Replayed | null>,
): Replayer {
  const round = async (signal: AbortSignal) => {
    await discardOrdered(db, group)
    const passedOver: string[] = []
    for (let count = 0; count < lettersMax && !signal.aborted; count += 1) {
      const replayed = await replayNext(passedOver, signal)
      if (replayed === null) return
      if (replayed.isWaiting) passedOver.push(replayed.letterId)
    }
  }
  return repeatUntilClosed(everyMs, (signal) =>
    // A database that is away is told of by whoever needs it, and the orders stay where they are.
    round(signal).catch((error: unknown) => log.debug({ reason: describeError(error) }, 'no letters were replayed')),
  )
}
