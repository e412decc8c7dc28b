import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { delay } from '../wait.ts'
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
  const stopping = new AbortController()
  const round = async () => {
    await discardOrdered(db, group)
    const passedOver: string[] = []
    for (let count = 0; count < lettersMax && !stopping.signal.aborted; count += 1) {
      const replayed = await replayNext(passedOver, stopping.signal)
      if (replayed === null) return
      if (replayed.isWaiting) passedOver.push(replayed.letterId)
    }
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      // A database that is away is told of by whoever needs it, and the orders stay where they are.
      await round().catch((error: unknown) => log.debug({ reason: describeError(error) }, 'no letters were replayed'))
      await delay(everyMs, stopping.signal)
    }
  }
  const running = run()
  return {
    async close() {
      stopping.abort()
      await running
    },
  }
}
