import { type Kysely, sql } from 'kysely'
import { mayLieInMessage } from './is-passing.ts'
import type { Placed } from './placed.ts'

/** Says how long a message may wait for what it needs. */
export interface Patience {
  /** Says whether a message may go on waiting although it has just failed again with an error that passes by itself. */
  mayWait(placed: Placed, error: unknown): Promise<boolean>
  /** Something became of the message. */
  forget(placed: Placed): void
}

/** A message that runs into time-outs for so long, while the database answers, is at fault itself. */
export const patienceMs = 5 * 60_000
/** Messages waiting at the same time: one a partition, and letters that are replayed. */
const waitingMax = 1000

/**
 * Gives the patience of one process. What is away is waited for without end; a time-out may also be the doing of the message,
 * so it ends the patience when it has been the only trouble for `limitMs`: each time the database was asked and answered.
 */
export function createPatience(isAnswering: () => Promise<boolean>, limitMs: number): Patience {
  const suspectedSince = new Map<string, number>()
  const nameOf = ({ topic, partition, message }: Placed) => `${topic}/${partition}/${message.offset}`
  return {
    async mayWait(placed, error) {
      const name = nameOf(placed)
      if (!mayLieInMessage(error) || !(await isAnswering())) {
        suspectedSince.delete(name)
        return true
      }
      const now = performance.now()
      const since = suspectedSince.get(name) ?? now
      if (suspectedSince.size < waitingMax) suspectedSince.set(name, since)
      return now - since < limitMs
    },
    forget: (placed) => void suspectedSince.delete(nameOf(placed)),
  }
}

/** Says whether the database takes a statement now, through the same pool as the handlers. */
export const isAnswering = <DB>(db: Kysely<DB>): Promise<boolean> =>
  sql`select 1`.execute(db).then(
    () => true,
    () => false,
  )

/** For a group without a database: whatever passes is waited for, as nothing would be left of a message but its dead letter. */
export const endlessPatience: Patience = { mayWait: async () => true, forget: () => undefined }
