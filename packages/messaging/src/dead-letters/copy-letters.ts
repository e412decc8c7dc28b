import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import { describeError } from '../errors.ts'
import { isMessageFault } from '../kafka/create-sender.ts'
import { findTopic } from '../topics/find-topic.ts'
import { backoffMs, delay, repeatUntilClosed, untilStopped } from '../wait.ts'
import { type DeadLetterTargets, sendDeadLetter } from './write-dead-letter.ts'

/** A letter whose topic has no copy of it. */
interface DueLetter {
  readonly id: string
  readonly topic: string
  readonly partition: number | null
  readonly offset: string
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly error: string
  readonly consumer_group: string | null
}

const everyMs = 1000
const failingLimits = { firstMs: 1000, lastMs: 15_000 }
/** In one round; the next comes after a second. */
const lettersMax = 500
/** Of one round: a broker that is away is not asked for each letter, and a topic that is missing keeps no other one waiting for long. */
const failuresMax = 3
const closeGraceMs = 1000
const firstId = '00000000-0000-0000-0000-000000000000'

/**
 * Sends the letters of this role's service to their dead letter topics, from their rows, once a second while `isActive`, until
 * closed. A process that dies between send and mark has a copy sent twice. What a topic refuses for good is in the table only.
 */
export function copyLetters<DB>(options: {
  readonly db: Kysely<DB>
  readonly letters: DeadLetterTargets
  readonly log: Logger
  /** Whether this process is the one of its service that sends them. */
  readonly isActive: () => boolean
}): { close(): Promise<void> } {
  const { db, letters, log } = options
  let copiedUpTo = firstId
  let failures = 0

  const copyRound = async (signal: AbortSignal): Promise<unknown> => {
    const errors: unknown[] = []
    for (let count = 0; count < lettersMax && errors.length < failuresMax && !signal.aborted; count += 1) {
      const letter = await findDue(db, copiedUpTo)
      // One that has failed comes again after all the others.
      copiedUpTo = letter?.id ?? firstId
      if (letter === null) break
      try {
        await untilStopped(copy(letter), signal, closeGraceMs)
        await markCopied(db, letter.id)
      } catch (error) {
        errors.push(error)
      }
    }
    return errors[0]
  }

  const copy = async ({ id, topic, key, value, headers, ...origin }: DueLetter) => {
    const { partition, offset, consumer_group: group } = origin
    const place = group === null || partition === null ? {} : { group, partition, offset }
    try {
      await sendDeadLetter(letters, findTopic(topic), { key, value, headers }, { error: origin.error, ...place })
    } catch (error) {
      if (!isMessageFault(error)) throw error
      log.error(
        { letterId: id, reason: describeError(error) },
        'a dead letter is in the table only: its topic refuses it',
      )
    }
  }

  return repeatUntilClosed(everyMs, async (signal) => {
    if (!options.isActive()) return
    const error = await copyRound(signal).catch((away: unknown) => away)
    failures = error === undefined ? 0 : failures + 1
    if (error === undefined || signal.aborted) return
    log.warn({ reason: describeError(error), failures }, 'dead letters wait to be copied to their topics')
    await delay(backoffMs(failures, failingLimits), signal)
  })
}

async function findDue<DB>(db: Kysely<DB>, afterId: string): Promise<DueLetter | null> {
  const { rows } = await sql<DueLetter>`
    select id, topic, partition, "offset"::text as "offset", key, value, headers, error, consumer_group
    from dead_letters
    where service = current_user and copy_due and id > ${afterId}::uuid
    order by service, id
    limit 1`.execute(db)
  return rows[0] ?? null
}

async function markCopied<DB>(db: Kysely<DB>, id: string): Promise<void> {
  await sql`update dead_letters set copy_due = false where id = ${id} and service = current_user`.execute(db)
}
