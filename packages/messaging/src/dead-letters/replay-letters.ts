import { inTransaction } from '@ticket-queue/database'
import type { Logger } from 'pino'
import type { Arrived } from '../consume/admit-events.ts'
import type { Applying } from '../consume/apply-once.ts'
import { endsProcesses, startsMax, withoutCount } from '../consume/count-starts.ts'
import { once } from '../consume/once.ts'
import type { Patience } from '../consume/patience.ts'
import type { Outcome, Placed } from '../consume/placed.ts'
import { type ProcessOptions, processMessage } from '../consume/process-message.ts'
import {
  claimLetter,
  closeLetter,
  countReplay,
  findNextLetter,
  forgetReplays,
  isOrderOver,
  type LetterRow,
  leaveOpen,
} from './letter-rows.ts'
import { type Replayer, replayRounds } from './replay-rounds.ts'

type ReplayOptions<DB> = Applying<DB> &
  Pick<ProcessOptions, 'handled' | 'maxAttempts' | 'metrics' | 'patience'> & { readonly log: Logger }

/** How long an order waits for what the handler needs; then the letter is left to whoever ordered it, who can order again. */
const orderLimitMs = 5 * 60_000

/**
 * Applies letters of a group when their turn has come, until closed: those somebody has ordered to be replayed, and then
 * those parked behind them, in order per key (EVT-020). Each is one transaction with its inbox row, so a replay of what has been
 * applied changes nothing, and one that dies on the way is done by the next round or replica. What cannot be applied now
 * either stays a dead letter with the new error: at once, when something has been away for minutes, or when three processes have
 * ended while they applied it.
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
  const { db, group, handle } = options
  const starts = await countReplay(db, letter.id)
  if (starts === null) return 'postponed'
  if (starts > startsMax) {
    await leaveOpen(db, letter.id, endsProcesses)
    return 'dead'
  }
  const apply = (arrived: Arrived) =>
    inTransaction(db, async (trx) => {
      if (!(await claimLetter(trx, letter.id))) return 'repeated'
      const isFirst = await once(trx, arrived.event, group)
      if (isFirst) await handle(trx, arrived)
      await closeLetter(trx, letter.id)
      return isFirst ? 'applied' : 'repeated'
    })
  const bury = (_placed: Placed, error: unknown) => leaveOpen(db, letter.id, error)
  const patience: Patience = {
    ...options.patience,
    mayWait: async (placed, error) =>
      // A database that is away cannot end the order either.
      (await options.patience.mayWait(placed, error)) &&
      !(await isOrderOver(db, letter.id, orderLimitMs).catch(() => false)),
  }
  const outcome = await processMessage(
    { ...options, signal, apply, bury, patience, starts: withoutCount },
    placeOf(letter),
  )
  if (outcome === 'postponed') await forgetReplays(db, letter.id)
  if (outcome === 'skipped') await leaveOpen(db, letter.id, 'the group has no handler for this type')
  return outcome
}

const placeOf = ({ topic, partition, offset, key, value, headers }: LetterRow): Placed => ({
  topic,
  partition: partition ?? 0,
  message: { key: key === null ? null : Buffer.from(key), value, headers: { ...headers }, offset: offset ?? '0' },
})
