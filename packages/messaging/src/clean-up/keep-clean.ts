import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { repeatUntilClosed } from '../wait.ts'
import { cleanUpMessages } from './clean-up-messages.ts'

const everyMs = 3_600_000

/** Deletes what is past its time at once and then every hour, until closed; replicas may do so at the same time. */
export function keepClean<DB>({ db, log }: { readonly db: Kysely<DB>; readonly log: Logger }): {
  close(): Promise<void>
} {
  return repeatUntilClosed(everyMs, async () => {
    try {
      const deleted = await cleanUpMessages(db)
      log.debug(deleted, 'old messages were deleted')
    } catch (error) {
      log.warn({ reason: describeError(error) }, 'old messages were not deleted and stay for another hour')
    }
  })
}
