import { inTransaction } from '@ticket-queue/database'
import type { Logger } from 'pino'
import type { Arrived } from '../consume/admit-events.ts'
import type { Applying } from '../consume/apply-once.ts'
import { once } from '../consume/once.ts'
import type { Placed } from '../consume/placed.ts'
import { type Outcome, type ProcessOptions, processMessage } from '../consume/process-message.ts'
import { claimLetter, closeLetter, findNextLetter, type LetterRow, leaveOpen } from './letter-rows.ts'
import { type Replayer, replayRounds } from './replay-rounds.ts'

type ReplayOptions<DB> = Applying<DB> &
  Pick<ProcessOptions, 'handled' | 'maxAttempts' | 'metrics'> & { readonly log: Logger }

/**
 * Applies letters of a group when their turn has come, until closed: those somebody has ordered to be replayed, and then
 * those parked behind them, in order per key (EVT-020). Each is one transaction with its inbox row, so a replay of what has been
 * applied changes nothing, and one that dies on the way is done by the next round or replica. What cannot be applied now
 * either stays a dead letter with the new error.
 */
export function replayLetters<DB>(options: ReplayOptions<DB>): Replayer {
  const { db, group, log } = options
  return replayRounds({ db, group, log }, async (passedOver, signal) => {
    const letter = await findNextLetter(db, group, passedOver)
    if (letter === null) return null
    const outcome = await replay(options, letter, signal)
    log.info({ letterId: letter.id, outcome }, 'a dead letter was replayed')
    return { letterId: letter.id, isWaiting: outcome === 'postponed' }
  })
}

async function replay<DB>(options: ReplayOptions<DB>, letter: LetterRow, signal: AbortSignal): Promise<Outcome> {
  const { db, group, handle, handled, maxAttempts, metrics, log } = options
  const apply = (arrived: Arrived) =>
    inTransaction(db, async (trx) => {
      if (!(await claimLetter(trx, letter.id))) return 'repeated'
      const isFirst = await once(trx, arrived.event, group)
      if (isFirst) await handle(trx, arrived)
      await closeLetter(trx, letter.id)
      return isFirst ? 'applied' : 'repeated'
    })
  const bury = (_placed: Placed, error: unknown) => leaveOpen(db, letter.id, error)
  const outcome = await processMessage(
    { group, handled, maxAttempts, metrics, log, signal, apply, bury },
    placeOf(letter),
  )
  if (outcome === 'skipped') await leaveOpen(db, letter.id, 'the group has no handler for this type')
  return outcome
}

const placeOf = ({ topic, partition, offset, key, value, headers }: LetterRow): Placed => ({
  topic,
  partition: partition ?? 0,
  message: { key: key === null ? null : Buffer.from(key), value, headers: { ...headers }, offset: offset ?? '0' },
})
