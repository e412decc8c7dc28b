import { type Kysely, sql, type Transaction } from 'kysely'
import { describeError } from '../errors.ts'

/** A letter as it is replayed. One that never reached Kafka has no partition, and its place in the outbox as `offset`. */
export interface LetterRow {
  readonly id: string
  readonly topic: string
  readonly partition: number | null
  readonly offset: string | null
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
}

const discardsMax = 100

/**
 * Gives the next letter of a group that may be applied, or null: the first of its key, and either parked or ordered to be
 * replayed. `group` null: of those that the relay gave up. `passedOver` are those that had to wait in this round.
 */
export async function findNextLetter<DB>(
  db: Kysely<DB>,
  group: string | null,
  passedOver: readonly string[],
): Promise<LetterRow | null> {
  const { rows } = await sql<LetterRow>`
    select id, topic, partition, "offset"::text as "offset", key, value, headers
    from dead_letters as letter
    where service = current_user and consumer_group is not distinct from ${group}::text
      and status in ('OPEN', 'PARKED') and id <> all(${passedOver}::uuid[])
      and (status = 'PARKED' or exists (
        select from dead_letter_orders as ordered
        where ordered.letter_id = letter.id and action = 'REPLAY' and carried_out_at is null
      ))
      and not exists (
        select from dead_letters as earlier
        where earlier.service = current_user and earlier.consumer_group is not distinct from ${group}::text
          and earlier.lane = letter.lane and earlier.status in ('OPEN', 'PARKED') and earlier."offset" < letter."offset"
      )
    order by letter."offset", letter.created_at
    limit 1`.execute(db)
  return rows[0] ?? null
}

/**
 * Keeps a letter for this transaction alone, with the order that has it replayed if it is open, and says whether it is still to
 * be applied: an order that is taken back meanwhile either comes first or finds the letter applied.
 */
export async function claimLetter<DB>(trx: Transaction<DB>, id: string): Promise<boolean> {
  const { rows } = await sql<{ status: 'OPEN' | 'PARKED' }>`
    select status from dead_letters where id = ${id} and service = current_user and status in ('OPEN', 'PARKED')
    for update`.execute(trx)
  const [letter] = rows
  if (letter?.status !== 'OPEN') return letter !== undefined
  const orders = await sql`
    select from dead_letter_orders where letter_id = ${id} and action = 'REPLAY' and carried_out_at is null
    for update`.execute(trx)
  return orders.rows.length === 1
}

/**
 * Counts that a replay begins, and gives how often it has begun since anything came of it, or null for a letter that somebody
 * has in hand or that is closed.
 */
export async function countReplay<DB>(db: Kysely<DB>, id: string): Promise<number | null> {
  const { rows } = await sql<{ starts: number }>`
    update dead_letters set starts = starts + 1
    where id = (
      select id from dead_letters where id = ${id} and service = current_user and status in ('OPEN', 'PARKED')
      for update skip locked
    )
    returning starts`.execute(db)
  return rows[0]?.starts ?? null
}

/** Says that a replay which has come to nothing is to begin anew, and that its process lives. */
export async function forgetReplays<DB>(db: Kysely<DB>, id: string): Promise<void> {
  await sql`update dead_letters set starts = 0 where id = ${id} and service = current_user`.execute(db)
}

/** Says whether a replay has been waited for as long as an order may stand, by the clock of the database. */
export async function isOrderOver<DB>(db: Kysely<DB>, id: string, limitMs: number): Promise<boolean> {
  const { rows } = await sql`
    select from dead_letter_orders
    where letter_id = ${id} and carried_out_at is null and ordered_at < now() - make_interval(secs => ${limitMs / 1000})`.execute(
    db,
  )
  return rows.length > 0
}

/** Says that a letter's effect is there, in the transaction of the effect, and that its order has been carried out. */
export async function closeLetter<DB>(trx: Transaction<DB>, id: string): Promise<void> {
  await sql`
    with closed as (
      update dead_letters set status = 'REPLAYED', replayed_at = now() where id = ${id} and service = current_user
    )
    update dead_letter_orders set carried_out_at = now(), outcome = 'DONE'
    where letter_id = ${id} and carried_out_at is null`.execute(trx)
}

/** Leaves a letter, or one that was parked, to a person, with the error that its replay has ended with. */
export async function leaveOpen<DB>(db: Kysely<DB>, id: string, error: unknown): Promise<void> {
  const reason = describeError(error)
  await sql`
    with kept as (
      update dead_letters set status = 'OPEN', error = ${reason}, starts = 0
      where id = ${id} and service = current_user and status in ('OPEN', 'PARKED')
    )
    update dead_letter_orders set carried_out_at = now(), outcome = 'FAILED', error = ${reason}
    where letter_id = ${id} and action = 'REPLAY' and carried_out_at is null`.execute(db)
}

/**
 * Closes up to 100 letters of a group that somebody has ordered to be discarded, so that what waits behind them goes on. An order
 * for a letter that is not open any more has failed.
 */
export async function discardOrdered<DB>(db: Kysely<DB>, group: string | null): Promise<void> {
  await sql`
    with ordered as (
      select one.id, letter_id from dead_letter_orders as one join dead_letters as letter on letter.id = letter_id
      where one.service = current_user and letter.service = current_user
        and consumer_group is not distinct from ${group}::text and action = 'DISCARD' and carried_out_at is null
      limit ${discardsMax}
      for update of one skip locked
    ), discarded as (
      update dead_letters set status = 'DISCARDED', discarded_at = now()
      where id in (select letter_id from ordered) and status = 'OPEN'
      returning id
    )
    update dead_letter_orders set carried_out_at = now(),
      outcome = case when letter_id in (select id from discarded) then 'DONE' else 'FAILED' end,
      error = case when letter_id in (select id from discarded) then null else 'the letter was not open any more' end
    where id in (select id from ordered)`.execute(db)
}
