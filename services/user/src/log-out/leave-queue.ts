import { callService, type Log } from '@ticket-queue/service-kit'
import { z } from 'zod'

/** Tells the queue that somebody has gone. Never throws: who is not told about has left ten minutes later anyway. */
export type LeaveQueue = (userId: string) => Promise<void>

const timeoutMs = 1_000

/** Gives the call to the queue's internal port; without an address there is nobody to tell. */
export function createLeaveQueue(
  { baseUrl, apiKey }: { baseUrl: string | undefined; apiKey: string },
  log: Log,
): { leaveQueue: LeaveQueue; close(): Promise<void> } {
  if (baseUrl === undefined) return { leaveQueue: async () => {}, close: async () => {} }
  const queue = callService({ baseUrl, apiKey, caller: 'user', timeoutMs })
  return {
    leaveQueue: async (userId) => {
      try {
        await queue.delete('/internal/places', z.undefined(), { body: { userId } })
      } catch (err) {
        log.warn({ err, userId }, 'the queue was not told of a log-out')
      }
    },
    close: () => queue.close(),
  }
}
