import { type Kysely, sql } from 'kysely'
import { PermanentError } from '../errors.ts'
import type { Arrived } from './admit-events.ts'
import type { Outcome, Placed } from './placed.ts'

type Lane = Pick<Placed, 'topic' | 'partition'>

/** Keeps count of messages that were begun by processes which did not live to see the end. */
export interface Starts {
  /** Partitions have been assigned anew: their next messages may be what ended the process that had them. */
  forget(): void
  /** Says whether the next message of a partition is to be begun alone and counted. */
  isCounting(lane: Lane): boolean
  /** Counts a start; throws a PermanentError if this message has ended its process too often. */
  begin(arrived: Arrived): Promise<void>
  /** Says what became of a message: a postponed one is to be begun again, and its process lives. Rejects when the database is away. */
  end(placed: Placed, outcome: Outcome): Promise<void>
}

/** reliability.md: a message that has been begun three times without an end is put aside. */
export const startsMax = 3
export const endsProcesses = new PermanentError(`its process has ended ${startsMax} times while it was applied`)

/** Lets one message at a time be applied; repeated for the same, it is in already. */
function createTurns() {
  const leaves = new Map<string, () => void>()
  let last = Promise.resolve()
  return {
    async take(name: string) {
      if (leaves.has(name)) return
      const before = last
      const { promise, resolve } = Promise.withResolvers<void>()
      leaves.set(name, resolve)
      last = promise
      await before
    },
    leave(name: string) {
      leaves.get(name)?.()
      leaves.delete(name)
    },
    clear() {
      for (const leave of leaves.values()) leave()
      leaves.clear()
    },
  }
}

/**
 * Counts starts in the database until `messagesMax` messages of a partition have been applied, the most that are applied at
 * once: the process that had it before can have died in none but these, so all later ones cost nothing. Those that had been begun when
 * a process died are begun one at a time from then on, over all partitions: one of them takes no other one with it again.
 */
export function countStarts<DB>(db: Kysely<DB>, group: string, messagesMax: number): Starts {
  const applied = new Map<string, number>()
  const nameOf = ({ topic, partition }: Lane) => `${topic}/${partition}`
  const isCounting = (lane: Lane) => (applied.get(nameOf(lane)) ?? 0) < messagesMax
  const turns = createTurns()
  return {
    isCounting,
    forget: () => {
      applied.clear()
      turns.clear()
    },
    async begin(arrived) {
      if (!isCounting(arrived.placed)) return
      if (await hasBegun(db, group, arrived.placed)) await turns.take(nameOf(arrived.placed))
      const starts = await writeStart(db, group, arrived)
      if (starts > startsMax) throw endsProcesses
    },
    async end(placed, outcome) {
      turns.leave(nameOf(placed))
      if (!isCounting(placed)) return
      if (outcome === 'postponed') await writeAlive(db, group, placed)
      // Whatever else became of it may have been so before.
      if (outcome === 'applied') applied.set(nameOf(placed), (applied.get(nameOf(placed)) ?? 0) + 1)
    },
  }
}

/** Says whether a message had been begun before, by a process that did not live to see the end. */
async function hasBegun<DB>(db: Kysely<DB>, group: string, { topic, partition, message }: Placed): Promise<boolean> {
  const { rows } = await sql`
    select from message_starts
    where service = current_user and consumer_group = ${group} and topic = ${topic} and partition = ${partition}::integer
      and "offset" = ${message.offset}::bigint and starts > 0`.execute(db)
  return rows.length > 0
}

/** Gives how often the message has been begun since anything became of it; 0 for one whose effect is there. */
async function writeStart<DB>(db: Kysely<DB>, group: string, { event, placed }: Arrived): Promise<number> {
  const { topic, partition, message } = placed
  const { rows } = await sql<{ starts: number }>`
    insert into message_starts as last (consumer_group, topic, partition, "offset", starts)
    select ${group}, ${topic}, ${partition}::integer, ${message.offset}::bigint, 1
    where not exists (
      select from processed_events where event_id = ${event.eventId}::uuid and consumer_group = ${group}
    )
    on conflict (service, consumer_group, topic, partition) do update
    set "offset" = excluded."offset", started_at = now(),
      starts = case when last."offset" = excluded."offset" then last.starts + 1 else 1 end
    returning starts`.execute(db)
  return rows[0]?.starts ?? 0
}

async function writeAlive<DB>(db: Kysely<DB>, group: string, { topic, partition, message }: Placed): Promise<void> {
  await sql`
    update message_starts set starts = 0
    where service = current_user and consumer_group = ${group} and topic = ${topic} and partition = ${partition}::integer
      and "offset" = ${message.offset}::bigint`.execute(db)
}

/** For a group without a database, which keeps nothing: its handlers bear repeats, and what ends a process is begun again. */
export const withoutCount: Starts = {
  forget: () => undefined,
  isCounting: () => false,
  begin: async () => undefined,
  end: async () => undefined,
}
