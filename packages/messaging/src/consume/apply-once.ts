import { inTransaction } from '@ticket-queue/database'
import type { Kysely, Transaction } from 'kysely'
import { type DeadLetter, storeDeadLetter, waitsBehind } from '../dead-letters/write-dead-letter.ts'
import { findTopic } from '../topics/find-topic.ts'
import type { OutgoingEvent } from '../write-outbox/add-to-outbox.ts'
import { type Admitted, type Arrived, admitEvents } from './admit-events.ts'
import type { Placed } from './placed.ts'

/** Where a group has its inbox and effects, and how it has them. */
export interface Applying<DB> {
  readonly db: Kysely<DB>
  readonly group: string
  /** The effect of one event, in the transaction of its inbox row. */
  readonly handle: (trx: Transaction<DB>, arrived: Arrived) => Promise<void>
}

/** Applies an event in one transaction with its inbox row, or parks it behind the letter that its key waits for. */
export const applyOnce = <DB>({ db, group, handle }: Applying<DB>, arrived: Arrived) =>
  inTransaction(db, async (trx) => {
    const { fresh, behind } = await admitEvents(trx, [arrived], group)
    if (behind.size > 0) {
      await park(trx, behind, group)
      return 'parked'
    }
    if (fresh.size === 0) return 'repeated'
    await handle(trx, arrived)
    return 'applied'
  })

/** Does the same with events of one partition in one transaction; `apply` gets those that come for the first time, in order. */
export const applyTogether = <DB>(
  { db, group }: Pick<Applying<DB>, 'db' | 'group'>,
  apply: (trx: Transaction<DB>, events: readonly OutgoingEvent[]) => Promise<void>,
  arrived: readonly Arrived[],
): Promise<Admitted> =>
  inTransaction(db, async (trx) => {
    const admitted = await admitEvents(trx, arrived, group)
    await park(trx, admitted.behind, group)
    const unseen = new Set(admitted.fresh)
    const firsts = arrived.map(({ event }) => event).filter(({ eventId }) => unseen.delete(eventId))
    if (firsts.length > 0) await apply(trx, firsts)
    return admitted
  })

/** Gives the letter of a message that a group does not apply now. */
export function letterOf(
  { topic, partition, message }: Placed,
  why: Pick<DeadLetter, 'error' | 'eventType' | 'group'>,
): DeadLetter {
  const { key, offset, value, headers = {} } = message
  return { topic: findTopic(topic), partition, offset, key, value, headers, ...why }
}

async function park<DB>(trx: Transaction<DB>, behind: ReadonlySet<Arrived>, group: string): Promise<void> {
  for (const { event, placed } of behind) {
    const why = { error: waitsBehind, eventType: event.eventType, group }
    await storeDeadLetter(trx, letterOf(placed, why), 'PARKED')
  }
}
