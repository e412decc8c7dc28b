import { anyEnvelopeSchema } from '@ticket-queue/contracts/events'
import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import { claimLetter, closeLetter, findNextLetter, type LetterRow, leaveOpen } from './letter-rows.ts'
import { type Replayer, replayRounds } from './replay-rounds.ts'

/**
 * Puts letters that the relay of this role's service gave up back into its outbox when somebody has ordered it, until closed
 * (EVT-020), and then those parked behind them: under the same event ID, which consumers know, and in the place where they were,
 * so that the order of the key holds.
 */
export function republishLetters<DB>(options: { readonly db: Kysely<DB>; readonly log: Logger }): Replayer {
  const { db, log } = options
  return replayRounds({ db, group: null, log }, async (passedOver) => {
    const letter = await findNextLetter(db, null, passedOver)
    if (letter === null) return null
    await republish(db, letter)
    log.info({ letterId: letter.id }, 'a dead letter of the outbox was replayed')
    return { letterId: letter.id, isWaiting: false }
  })
}

async function republish<DB>(db: Kysely<DB>, letter: LetterRow): Promise<void> {
  const payload = String(letter.value)
  const read = anyEnvelopeSchema.safeParse(JSON.parse(payload))
  if (!read.success) return leaveOpen(db, letter.id, 'this is no event: the envelope does not match')
  const { eventId, eventType, aggregateType, aggregateId } = read.data
  await inTransaction(db, async (trx) => {
    if (!(await claimLetter(trx, letter.id))) return
    await sql`
      insert into outbox_events (id, seq, aggregate_type, aggregate_id, event_type, topic, key, payload, headers)
      overriding system value
      values (${eventId}, ${letter.offset ?? '0'}::bigint, ${aggregateType}, ${aggregateId}, ${eventType}, ${letter.topic},
        ${letter.key}, ${payload}::jsonb, ${JSON.stringify(letter.headers)}::jsonb)
      on conflict (id) do nothing`.execute(trx)
    await closeLetter(trx, letter.id)
  })
}
