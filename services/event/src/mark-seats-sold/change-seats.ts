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
      becomes: 'SOLD' | 'RETURNED'
    }
  | {
      /** It has ended; all its seats are free but those withheld. */
      becomes: 'ENDED'
      withheldSeatIds: readonly string[]
    }
)

/** All that is told of one reservation. `withheld` of one that has not ended here is null: only what returns is freed. */
type Told = {
  reservationId: string
  scheduleId: string
  seatIds: readonly string[]
  state: 'SOLD' | 'RELEASED'
  withheld: readonly string[] | null
  returned: readonly string[]
  cause: Cause
}

/**
 * Marks the seats of paid reservations SOLD and frees those of ended ones (EVT-008, EVT-016, RSV-011), and gives the schedules
 * that have just sold out or have seats again. News may be told again and in any order: a reservation once released
 * stays released, and of two reservations that claim a seat the later one has it, because the earlier must have ended
 * before the later could be made (IDs are UUID v7, which rise with time). So it does not matter either how much news comes
 * at once. Throws a PermanentError, and has changed nothing, if a seat is not of its schedule.
 */
export async function changeSeats(trx: Transaction<Database>, news: readonly SaleNews[]): Promise<string[]> {
  const told = onePerReservation(news)
  await refuseUnknownSeats(trx, told)
  const accepted = await claim(trx, told)
  if (accepted.length === 0) return []
  await lockSeats(trx, accepted)
  const freed = await freeSeats(trx, accepted)
  const sold = await sellSeats(trx, accepted)
  const flipped: string[] = []
  // In one order everywhere, as each schedule near its end is locked.
  for (const scheduleId of [...new Set([...freed, ...sold])].toSorted()) {
    const count = (seats: readonly string[]) => seats.filter((seat) => seat === scheduleId).length
    const cause = accepted.findLast((one) => one.scheduleId === scheduleId)?.cause
    if (cause === undefined) throw new Error(`seats of ${scheduleId} have changed and nobody said so`)
    const moved = { freed: count(freed), sold: count(sold) }
    if (await announceSoldOut(trx, scheduleId, moved, cause)) flipped.push(scheduleId)
  }
  return flipped
}

/** Several pieces of news of one reservation come to one state, as its end is the last; ordered, so that locks cannot cross. */
function onePerReservation(news: readonly SaleNews[]): Told[] {
  const byReservation = Map.groupBy(news, ({ reservationId }) => reservationId)
  return [...byReservation.values()].map(merge).toSorted((a, b) => (a.reservationId < b.reservationId ? -1 : 1))
}

function merge(news: readonly SaleNews[]): Told {
  const last = news.at(-1)
  if (last === undefined) throw new Error('a reservation of which nothing was said')
  const { reservationId, scheduleId, cause } = last
  const end = news.find((one) => one.becomes === 'ENDED')
  return {
    reservationId,
    scheduleId,
    cause,
    seatIds: [...new Set(news.flatMap(({ seatIds }) => seatIds))],
    state: news.every(({ becomes }) => becomes === 'SOLD') ? 'SOLD' : 'RELEASED',
    withheld: end === undefined ? null : end.withheldSeatIds,
    returned: news.flatMap((one) => (one.becomes === 'RETURNED' ? one.seatIds : [])),
  }
}

/**
 * Writes the state of each reservation unless it has been released, and gives those for which there may be something to do: a released
 * one sells nothing any more, but may still free seats. The rows stay locked, so that orders cannot cross.
 */
async function claim(trx: Transaction<Database>, told: readonly Told[]): Promise<Told[]> {
  const { rows } = await sql<{ id: string }>`
    insert into seat_sales (reservation_id, schedule_id, state)
    select * from unnest(
      ${told.map(({ reservationId }) => reservationId)}::uuid[], ${told.map(({ scheduleId }) => scheduleId)}::uuid[],
      ${told.map(({ state }) => state)}::text[])
    on conflict (reservation_id) do update set state = excluded.state where seat_sales.state <> 'RELEASED'
    returning reservation_id as id`.execute(trx)
  const written = new Set(rows.map(({ id }) => id))
  return told.filter(({ reservationId, state }) => state === 'RELEASED' || written.has(reservationId))
}

/** In one order, so that two transactions that share seats cannot wait for each other. */
const lockSeats = (trx: Transaction<Database>, accepted: readonly Told[]) =>
  sql`
    select from seats
    where id = any(${accepted.flatMap(({ seatIds }) => seatIds)}::uuid[])
    order by event_schedule_id, ordinal
    for update`.execute(trx)

/** Gives the schedule of each seat it has freed; one that somebody else has by now is not touched. */
async function freeSeats(trx: Transaction<Database>, accepted: readonly Told[]): Promise<string[]> {
  const released = accepted.filter(({ state }) => state === 'RELEASED')
  if (released.length === 0) return []
  const ended = released.filter(({ withheld }) => withheld !== null).map(({ reservationId }) => reservationId)
  const kept = pairs(released, ({ withheld, returned }) => (withheld ?? []).filter((id) => !returned.includes(id)))
  const returned = pairs(released, (one) => one.returned)
  const { rows } = await sql<{ scheduleId: string }>`
    update seats set status = 'AVAILABLE', reservation_id = null
    where reservation_id = any(${released.map(({ reservationId }) => reservationId)}::uuid[])
      and (
        reservation_id = any(${ended}::uuid[]) and (reservation_id, id) not in (
          select * from unnest(${kept.reservationIds}::uuid[], ${kept.seatIds}::uuid[]))
        or (reservation_id, id) in (
          select * from unnest(${returned.reservationIds}::uuid[], ${returned.seatIds}::uuid[])))
    returning event_schedule_id as "scheduleId"`.execute(trx)
  return rows.map(({ scheduleId }) => scheduleId)
}

function pairs(told: readonly Told[], seatsOf: (one: Told) => readonly string[]) {
  const all = told.flatMap((one) => seatsOf(one).map((seatId) => ({ seatId, reservationId: one.reservationId })))
  return { seatIds: all.map(({ seatId }) => seatId), reservationIds: all.map(({ reservationId }) => reservationId) }
}

/** Gives the schedule of each seat it has sold that was free; one that changes its owner was sold before. */
async function sellSeats(trx: Transaction<Database>, accepted: readonly Told[]): Promise<string[]> {
  const claims = claimedSeats(accepted.filter(({ state }) => state === 'SOLD'))
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

async function refuseUnknownSeats(trx: Transaction<Database>, told: readonly Told[]): Promise<void> {
  const claims = claimedSeats(told)
  const { rows } = await sql<{ scheduleId: string }>`
    select claimed.schedule_id as "scheduleId"
    from unnest(${claims.seatIds}::uuid[], ${claims.scheduleIds}::uuid[]) as claimed (seat_id, schedule_id)
    left join seats on seats.id = claimed.seat_id and seats.event_schedule_id = claimed.schedule_id
    where seats.id is null
    limit 1`.execute(trx)
  const [unknown] = rows
  if (unknown !== undefined) throw new PermanentError(`schedule ${unknown.scheduleId} has not all seats of the event`)
}

/** One line for each seat that somebody claims, as columns. */
function claimedSeats(told: readonly Told[]) {
  const lines = told.flatMap(({ seatIds, scheduleId, reservationId }) =>
    seatIds.map((seatId) => ({ seatId, scheduleId, reservationId })),
  )
  return {
    seatIds: lines.map(({ seatId }) => seatId),
    scheduleIds: lines.map(({ scheduleId }) => scheduleId),
    reservationIds: lines.map(({ reservationId }) => reservationId),
  }
}
