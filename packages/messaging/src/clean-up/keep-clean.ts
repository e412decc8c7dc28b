import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { delay } from '../wait.ts'
import { cleanUpMessages } from './clean-up-messages.ts'

const everyMs = 3_600_000

/** Deletes what is past its time at once and then every hour, until closed; replicas may do so at the same time. */
export function keepClean<DB>({ db, log }: { readonly db: Kysely<DB>; readonly log: Logger }): {
  close(): Promise<void>
} {
  const stopping = new AbortController()
  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        const deleted = await cleanUpMessages(db)
        log.debug(deleted, 'old messages were deleted')
      } catch (error) {
        log.warn({ reason: describeError(error) }, 'old messages were not deleted and stay for another hour')
      }
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
