import { PermanentError } from '@ticket-queue/messaging'
import { sql, type Transaction } from 'kysely'
import type { Cause } from '../store/announce-schedules.ts'
import { announceSoldOut } from '../store/announce-sold-out.ts'
import type { Database } from '../store/database.ts'

/** What payment or reservation tells of a reservation. */
export type SaleNews = {
  reservationId: string
  scheduleId: string
  seatIds: readonly string[]
  cause: Cause
} & (
  | {
      /** SOLD: its money is there. RETURNED: seats that were withheld after its end can be had by everybody. */
      becomes: 'SOLD' | 'CONFIRMED' | 'RETURNED'
    }
  | {
      /** It has ended; all its seats are free but those withheld. */
      becomes: 'ENDED'
      /** One that was not may be taken back by money that comes late. */
      wasConfirmed: boolean
      withheldSeatIds: readonly string[]
    }
)

/**
 * Marks the seats of paid reservations SOLD and frees those of ended ones (EVT-008, EVT-016, RSV-011), and gives the schedules
 * that have just sold out or have seats again. News may be told again and in any order: a reservation that ended confirmed
 * stays released, one that ended unpaid is sold by its confirmation alone, and of two reservations that claim a seat the later one has it, because the earlier must have ended
 * before the later could be made (IDs are UUID v7, which rise with time). So it does not matter either how much news comes
 * at once, but for withheld seats: those depend on what came before, and are told alone.
 * Throws a PermanentError, and has changed nothing, if a seat is not of its schedule.
 */
export async function changeSeats(trx: Transaction<Database>, news: readonly SaleNews[]): Promise<string[]> {
  if (news.length > 1 && news.some(isAboutWithheld)) throw new Error('news of withheld seats came with other news')
  const changed: { freed: string[]; sold: string[] } = { freed: [], sold: [] }
  const rounds = inRounds(news)
  for (const [index, round] of rounds.entries()) {
    const accepted = await claim(trx, round)
    if (index === 0) {
      const owners = await findOwners(trx, news)
      if (rounds.length === 1 && accepted.every((one) => isSale(one) && owners.has(one.reservationId))) return []
      // Every reservation is in the first round, so all that is ever locked here is locked by now, in one order.
      await lockSeats(trx, news)
    }
    changed.freed.push(...(await freeSeats(trx, accepted)))
    changed.sold.push(...(await sellSeats(trx, accepted)))
  }
  return announceChanges(trx, news, changed)
}

const isSale = ({ becomes }: SaleNews): boolean => becomes === 'SOLD' || becomes === 'CONFIRMED'

const isAboutWithheld = (one: SaleNews): boolean =>
  one.becomes === 'RETURNED' || (one.becomes === 'ENDED' && one.withheldSeatIds.length > 0)

/** The first news of each reservation, then the second, and so on; each round by reservation, so that locks cannot cross. */
function inRounds(news: readonly SaleNews[]): SaleNews[][] {
  const rounds: SaleNews[][] = []
  const told = [...Map.groupBy(news, ({ reservationId }) => reservationId)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [, own] of told) {
    for (const [index, one] of own.entries()) {
      rounds[index] ??= []
      rounds[index].push(one)
    }
  }
  return rounds
}

/** Schedules near their end are locked one after the other, in one order everywhere. */
async function announceChanges(
  trx: Transaction<Database>,
  news: readonly SaleNews[],
  { freed, sold }: { freed: readonly string[]; sold: readonly string[] },
): Promise<string[]> {
  const flipped: string[] = []
  for (const scheduleId of [...new Set([...freed, ...sold])].toSorted()) {
    const count = (seats: readonly string[]) => seats.filter((seat) => seat === scheduleId).length
    const cause = news.findLast((one) => one.scheduleId === scheduleId)?.cause
    if (cause === undefined) throw new Error(`seats of ${scheduleId} have changed and nobody said so`)
    const moved = { freed: count(freed), sold: count(sold) }
    if (await announceSoldOut(trx, scheduleId, moved, cause)) flipped.push(scheduleId)
  }
  return flipped
}

/** What news says of a reservation; of two the later in this list is true, whichever was told first. */
const states = ['SOLD', 'LAPSED', 'CONFIRMED', 'RELEASED'] as const

function stateOf(news: SaleNews): (typeof states)[number] {
  if (news.becomes === 'ENDED') return news.wasConfirmed ? 'RELEASED' : 'LAPSED'
  return news.becomes === 'RETURNED' ? 'RELEASED' : news.becomes
}

/**
 * Writes the state of each reservation unless it is over already, and gives the news for which there may be something to do: a
 * released one sells nothing any more, but may still free seats. An unknown schedule is left to `findOwners`, which tells of it. The rows stay locked, so that orders cannot cross.
 */
async function claim(trx: Transaction<Database>, round: readonly SaleNews[]): Promise<SaleNews[]> {
  const { rows } = await sql<{ id: string }>`
    insert into seat_sales (reservation_id, schedule_id, state)
    select * from unnest(
      ${round.map(({ reservationId }) => reservationId)}::uuid[], ${round.map(({ scheduleId }) => scheduleId)}::uuid[],
      ${round.map(stateOf)}::text[]) as told (reservation_id, schedule_id, state)
    where exists (select from event_schedules where id = told.schedule_id)
    order by told.reservation_id
    on conflict (reservation_id) do update set state = excluded.state
      where array_position(${[...states]}::text[], seat_sales.state) <= array_position(${[...states]}::text[], excluded.state)
    returning reservation_id as id`.execute(trx)
  const written = new Set(rows.map(({ id }) => id))
  return round.filter((one) => stateOf(one) === 'RELEASED' || written.has(one.reservationId))
}

/** In one order, so that two transactions that share seats cannot wait for each other. */
const lockSeats = (trx: Transaction<Database>, news: readonly SaleNews[]) =>
  sql`
    select from seats
    where id = any(${news.flatMap(({ seatIds }) => seatIds)}::uuid[])
    order by event_schedule_id, ordinal
    for update`.execute(trx)

/** Gives the schedule of each seat it has freed; one that somebody else has by now is not touched. */
async function freeSeats(trx: Transaction<Database>, accepted: readonly SaleNews[]): Promise<string[]> {
  const released = accepted.filter(({ becomes }) => becomes === 'ENDED' || becomes === 'RETURNED')
  if (released.length === 0) return []
  const ended = released.filter((one) => one.becomes === 'ENDED')
  const kept = ended.flatMap((one) => (one.becomes === 'ENDED' ? one.withheldSeatIds : []))
  const returned = released.flatMap((one) => (one.becomes === 'RETURNED' ? one.seatIds : []))
  const { rows } = await sql<{ scheduleId: string }>`
    update seats set status = 'AVAILABLE', reservation_id = null
    where reservation_id = any(${released.map(({ reservationId }) => reservationId)}::uuid[])
      and (
        reservation_id = any(${ended.map(({ reservationId }) => reservationId)}::uuid[]) and id <> all(${kept}::uuid[])
        or id = any(${returned}::uuid[]))
    returning event_schedule_id as "scheduleId"`.execute(trx)
  return rows.map(({ scheduleId }) => scheduleId)
}

/** Gives the schedule of each seat it has sold that was free; one that changes its owner was sold before. */
async function sellSeats(trx: Transaction<Database>, accepted: readonly SaleNews[]): Promise<string[]> {
  const claims = claimedSeats(accepted.filter(isSale))
  if (claims.seatIds.length === 0) return []
  const { rows } = await sql<{ scheduleId: string; wasFree: boolean }>`
    update seats set status = 'SOLD', reservation_id = claimed.reservation_id
    from (
      select distinct on (seat_id) seat_id, schedule_id, reservation_id
      from unnest(${claims.seatIds}::uuid[], ${claims.scheduleIds}::uuid[], ${claims.reservationIds}::uuid[])
        as claimed (seat_id, schedule_id, reservation_id)
      order by seat_id, reservation_id desc
    ) as claimed
    where seats.id = claimed.seat_id and seats.event_schedule_id = claimed.schedule_id
      and (seats.status = 'AVAILABLE' or seats.reservation_id < claimed.reservation_id)
    returning seats.event_schedule_id as "scheduleId", old.status = 'AVAILABLE' as "wasFree"`.execute(trx)
  return rows.filter(({ wasFree }) => wasFree).map(({ scheduleId }) => scheduleId)
}

/**
 * Gives the reservations that have all their seats already, as those have that are confirmed after their payment was heard of: there
 * is nothing to lock or to write for them. Looked at after the claim, which no other news of the reservation can pass; who has taken a
 * seat of theirs since has it by right. Throws if a seat is not of its schedule.
 */
async function findOwners(trx: Transaction<Database>, told: readonly SaleNews[]): Promise<ReadonlySet<string>> {
  const claims = claimedSeats(told)
  const { rows } = await sql<{ reservationId: string; unknownIn: string | null; isOwner: boolean | null }>`
    select claimed.reservation_id as "reservationId",
      min(claimed.schedule_id::text) filter (where seats.id is null) as "unknownIn",
      bool_and(seats.status = 'SOLD' and seats.reservation_id = claimed.reservation_id) as "isOwner"
    from unnest(${claims.seatIds}::uuid[], ${claims.scheduleIds}::uuid[], ${claims.reservationIds}::uuid[])
      as claimed (seat_id, schedule_id, reservation_id)
    left join seats on seats.id = claimed.seat_id and seats.event_schedule_id = claimed.schedule_id
    group by claimed.reservation_id`.execute(trx)
  const unknown = rows.find(({ unknownIn }) => unknownIn !== null)
  if (unknown) throw new PermanentError(`schedule ${unknown.unknownIn} has not all seats of the event`)
  return new Set(rows.flatMap(({ reservationId, isOwner }) => (isOwner ? [reservationId] : [])))
}

/** One line for each seat that somebody claims, as columns. */
function claimedSeats(told: readonly SaleNews[]) {
  const lines = told.flatMap(({ seatIds, scheduleId, reservationId }) =>
    seatIds.map((seatId) => ({ seatId, scheduleId, reservationId })),
  )
  return {
    seatIds: lines.map(({ seatId }) => seatId),
    scheduleIds: lines.map(({ scheduleId }) => scheduleId),
    reservationIds: lines.map(({ reservationId }) => reservationId),
  }
}
