import { releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { Log } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { inSeatOrder, totalOf } from '../domain/held-seat.ts'
import type { Database } from '../store/database.ts'
import { type LimitExceeded, stayWithinLimit, withinPersonLimit } from '../store/person-limit.ts'
import { seatConflict } from '../store/seat-conflict.ts'
import type { HoldRefusal, MadeHold, WantedHold } from './hold.ts'
import { type HoldEnd, type HoldRows, insertHolds } from './hold-rows.ts'

export interface WriteHoldDeps {
  readonly db: Kysely<Database>
  readonly holdSeconds: number
  readonly holdRows: HoldRows
}

export interface WriteOrReleaseDeps extends WriteHoldDeps {
  readonly redis: RedisClient
  readonly log: Log
}

/**
 * As `writeHold`, for seats that are locked: whoever waits for a tentative hold learns at once that nothing came of it, also
 * after an error.
 */
export async function writeOrRelease(deps: WriteOrReleaseDeps, hold: WantedHold) {
  let isMade = false
  try {
    const written = await writeHold(deps, hold)
    isMade = written !== 'in-the-way' && !('refused' in written)
    return written
  } finally {
    if (!isMade) await releaseSeats(deps.redis, hold).catch((err) => deps.log.warn({ err }, 'a hold was not released'))
  }
}

/**
 * Writes the PENDING reservation with its seats, all or nothing (RSV-001, RSV-005). The unique indexes
 * have the last word, whatever Redis said: `in-the-way` means that a row of somebody's (or an earlier one of this buyer's)
 * was there first. Whether the sale is open is judged by this database's clock, how many seats the person has of the event
 * where the organiser limits that.
 */
export async function writeHold(deps: WriteHoldDeps, hold: WantedHold): Promise<MadeHold | HoldRefusal | 'in-the-way'> {
  const { schedule } = hold
  if (schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return { refused: 'SALE_NOT_OPEN' }
  try {
    const written = await insertWithinLimit(deps, hold)
    if (written !== null && 'refused' in written) return written
    return written === null ? { refused: 'SALE_NOT_OPEN' } : madeHold(deps, hold, written)
  } catch (error) {
    const conflict = seatConflict(error)
    if (conflict === null) throw error
    return conflict === 'in-the-way' ? conflict : { refused: 'SEATS_UNDECIDED' }
  }
}

function insertWithinLimit(deps: WriteHoldDeps, hold: WantedHold): Promise<HoldEnd | LimitExceeded> {
  const { userId, reservationId, scheduleId, schedule, seats } = hold
  const { perPersonMax } = schedule.rules
  if (perPersonMax === null) return deps.holdRows.insert(hold)
  const limit = { userId, eventId: schedule.eventId, seatsMax: perPersonMax, wanted: seats.length }
  return withinPersonLimit(deps.db, { ...limit, instead: { scheduleId } }, async (trx) => {
    const [end = null] = await insertHolds(trx, deps, [hold])
    if (end !== null) await stayWithinLimit(trx, { ...limit, instead: { reservationId } })
    return end
  })
}

function madeHold(deps: WriteHoldDeps, hold: WantedHold, holdExpiresAt: Date): MadeHold {
  const seats = hold.seats.map(({ id, seatNumber, grade, price }) => ({ seatId: id, seatNumber, grade, price }))
  return {
    reservationId: hold.reservationId,
    seats: inSeatOrder(seats),
    totalAmount: totalOf(hold.seats),
    holdExpiresAt: holdExpiresAt.toISOString(),
    keptForMs: deps.holdSeconds * 1000,
  }
}
