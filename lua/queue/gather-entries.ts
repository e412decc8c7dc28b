import { gatherCalls, type RedisClient } from '@ticket-queue/redis'
import { type EnterRequest, type EntryAnswer, enterTogether, entriesPerCallMax } from './enter-queue.ts'
import { knownToAll } from './place-request.ts'
import { textOfDraw } from './told-draw.ts'

/** Lets somebody enter, as `enterQueue` does. */
export type TakePlace = (request: EnterRequest) => Promise<EntryAnswer>

/** Gives `enterQueue` for a process by which many people enter: entries of one turn of the event loop share a call. */
export const gatherEntries = (redis: RedisClient): TakePlace =>
  gatherCalls(
    async (entries: readonly EnterRequest[]) => {
      const [first] = entries
      return first === undefined ? [] : enterTogether(redis, { ...first, ...knownToAll(entries) }, entries)
    },
    { itemsMax: entriesPerCallMax, termsOf },
  )

/** Two entries with the same text may go together. */
function termsOf({ scheduleId, entersPerMinute, perSecond, recovery, draw }: EnterRequest): string {
  return `${scheduleId} ${entersPerMinute} ${perSecond} ${recovery?.restoreMs} ${textOfDraw(draw)}`
}
