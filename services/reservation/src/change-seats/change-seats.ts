import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import type { ReadQueueToken } from '@ticket-queue/lua/queue'
import { type Kysely, sql } from 'kysely'
import type { Catalogue } from '../catalogue.ts'
import { checkQueueToken } from '../check-queue-token.ts'
import { type HeldSeat, inSeatOrder, seatsMax, totalOf } from '../domain/held-seat.ts'
import type { RowChoice } from '../judge-singles.ts'
import { type LockSeatsDeps, lockSeats } from '../lock-seats.ts'
import { releaseLapsed } from '../release-ended.ts'
import { dropStaleLocks, endOverdue, type StaleHoldsDeps } from '../stale-holds.ts'
import type { Database } from '../store/database.ts'
import { isOverdue } from '../store/reservations.ts'
import {
  type Change,
  type ChangedHold,
  type ChangeRefusal,
  changeOf,
  type SeenHold,
  type StateRefusal,
} from './change.ts'
import { findHold } from './find-hold.ts'
import { swapLocks } from './swap-locks.ts'
import { writeChange } from './write-change.ts'

export interface ChangeSeatsDeps extends StaleHoldsDeps, LockSeatsDeps {
  readonly catalogue: Catalogue
  readonly readQueueToken: ReadQueueToken
  readonly paymentHoldSeconds: number
}

export interface ChangeSeatsInput {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly reservationId: string
  readonly newSeatIds: readonly string[]
  readonly requestId: string
}

const attemptsMax = 3

/**
 * Exchanges the seats of a hold, all or none (RSV-002): the new ones locked tentatively in Redis, one statement in the
 * database, the locks exchanged. Until that statement the old seats are the buyer's, from it on the new ones; the hold ends
 * when it would have ended. A repeat gives the same answer. Throws the queue token's refusals, and 503 when the event
 * service is away.
 */
export async function changeSeats(
  deps: ChangeSeatsDeps,
  input: ChangeSeatsInput,
): Promise<ChangedHold | ChangeRefusal> {
  const { userId, newSeatIds } = input
  const own = await findHold(deps.db, input)
  await checkQueueToken(deps.readQueueToken, { token: input.queueToken, userId, scheduleId: own?.scheduleId })
  if (!own) return { refused: 'RESERVATION_NOT_FOUND' }
  if (newSeatIds.length > seatsMax) return { refused: 'SEAT_LIMIT_EXCEEDED' }
  const schedule = await deps.catalogue.schedule(own.scheduleId)
  if (!schedule) return { refused: 'SCHEDULE_NOT_FOUND' }
  const inventory = await deps.catalogue.inventory(own.scheduleId)
  const unknown = newSeatIds.filter((id) => !inventory.byId.has(id))
  if (unknown.length > 0) return { refused: 'SEAT_UNKNOWN', seatIds: unknown }
  const wanted = newSeatIds
    .flatMap((id) => inventory.byId.get(id) ?? [])
    .map(({ id, seatNumber, grade, price }) => ({ seatId: id, seatNumber, grade, price }))
  const soldBits = schedule.rules.avoidOrphans ? await deps.catalogue.recentlySoldBits(own.scheduleId) : null
  return exchange(deps, input, { schedule, wanted, rows: soldBits && { inventory, soldBits } })
}

interface Wanted {
  readonly schedule: InternalSchedule
  readonly wanted: readonly HeldSeat[]
  /** Where the choice is to be judged for single seats, by these. */
  readonly rows: Pick<RowChoice, 'inventory' | 'soldBits'> | null
}

/** Each attempt begins with the row as it is then: somebody else, or the same buyer twice, may have changed it. */
async function exchange(deps: ChangeSeatsDeps, input: ChangeSeatsInput, { schedule, wanted, rows }: Wanted) {
  const deadlineMs = performance.now() + deps.tentativeHoldSeconds * 1000
  const tried = new Set<string>()
  let made: ChangedHold | undefined
  try {
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      const seen = await findHold(deps.db, input)
      const change = seen && changeOf(seen.seats, wanted)
      const refused = seen && change ? await refusalOf(deps.db, { seen, change, schedule }) : 'RESERVATION_NOT_FOUND'
      if (refused || !seen || !change) return { refused: refused ?? 'RESERVATION_NOT_FOUND' } satisfies ChangeRefusal
      for (const seat of change.added) tried.add(seat.seatId)
      const outcome = isNone(change)
        ? 'written'
        : await lockAndWrite(deps, { seen, change, schedule, rows, deadlineMs })
      if (typeof outcome === 'object') return outcome satisfies ChangeRefusal
      if (outcome === 'undecided') break
      if (outcome === 'written') {
        made = changedHold(seen, change)
        // Locks of a hold that is over are left to whoever ends it; one that is being paid does not end so.
        if (!seen.isOverdue || seen.isPaying)
          await swapLocks(deps, { scheduleId: seen.scheduleId, reservationId: seen.id, change })
        return made
      }
      const taken = outcome === 'in-the-way' ? await clearOthers(deps, input, { seen, change }) : []
      if (taken.length > 0) return { refused: 'SEAT_TAKEN', seatIds: taken } satisfies ChangeRefusal
    }
    return { refused: 'SEATS_UNDECIDED' } satisfies ChangeRefusal
  } finally {
    if (!made && tried.size > 0) await letGo(deps, input, { scheduleId: schedule.scheduleId, seatIds: [...tried] })
  }
}

const isNone = ({ added, droppedIds }: Change) => added.length === 0 && droppedIds.length === 0

/** A change that is there already is not judged again, so that its repeat gets the same answer. */
async function refusalOf(
  db: Kysely<Database>,
  { seen, change, schedule }: { seen: SeenHold; change: Change; schedule: InternalSchedule },
): Promise<StateRefusal | null> {
  if (seen.status !== 'PENDING') return 'NOT_PENDING'
  if (seen.isOffer) return 'OFFER_FIXED'
  if (isNone(change)) return null
  if (seen.isPaying) return 'PAYMENT_IN_PROGRESS'
  if (seen.isOverdue) return 'NOT_PENDING'
  if (schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return 'SALE_NOT_OPEN'
  const { rows } = await sql<{ open: boolean }>`
    SELECT now() >= ${schedule.saleStartAt}::timestamptz AND now() < ${schedule.saleEndAt}::timestamptz
      AND NOT EXISTS (SELECT 1 FROM cancelled_schedules WHERE schedule_id = ${seen.scheduleId}::uuid) AS open`.execute(
    db,
  )
  return rows[0]?.open ? null : 'SALE_NOT_OPEN'
}

interface Writing extends Pick<Wanted, 'schedule' | 'rows'> {
  readonly seen: SeenHold
  readonly change: Change
  readonly deadlineMs: number
}

async function lockAndWrite(deps: ChangeSeatsDeps, { seen, change, schedule, rows, deadlineMs }: Writing) {
  const { kept, added, droppedIds } = change
  const seatIds = added.map((seat) => seat.seatId)
  const wanted = { scheduleId: seen.scheduleId, reservationId: seen.id, seatIds }
  const choice = rows && { ...rows, chosenIds: [...kept, ...added].map((seat) => seat.seatId), droppedIds }
  const isLockless = seatIds.length === 0 && choice === null
  const locked = isLockless ? 'held' : await lockSeats(deps, wanted, deadlineMs, { choice, mayJoin: false })
  if (typeof locked === 'object') return { refused: 'LEAVES_SINGLE_SEAT' as const, seatIds: [...locked.singles] }
  if (locked === 'undecided') return locked
  if (locked !== 'held') return 'in-the-way'
  const outcome = await writeChange(deps.db, { seen, change, schedule })
  // An exchange of locks sends no message.
  if (outcome === 'written') deps.holdOutcomes.tellJoined('committed', seen.scheduleId, seatIds)
  return outcome
}

function changedHold(seen: SeenHold, { kept, added }: Change): ChangedHold {
  const seats = inSeatOrder([...kept, ...added])
  return { reservationId: seen.id, seats, totalAmount: totalOf(seats), holdExpiresAt: seen.holdExpiresAt.toISOString() }
}

/** The new seats that live reservations of others have; overdue ones are ended and locks without a reservation dropped. */
async function clearOthers(
  deps: ChangeSeatsDeps,
  { requestId }: ChangeSeatsInput,
  { seen, change }: { seen: SeenHold; change: Change },
): Promise<string[]> {
  const seatIds = change.added.map((seat) => seat.seatId)
  const rows = await deps.db
    .selectFrom('reservation_seats')
    .innerJoin('reservations', 'reservations.id', 'reservation_seats.reservation_id')
    .select(['reservations.id', 'reservation_seats.seat_id', isOverdue.as('overdue')])
    .where('reservation_seats.schedule_id', '=', seen.scheduleId)
    .where('reservation_seats.seat_id', 'in', seatIds)
    .where('reservation_seats.active', '=', true)
    .where('reservations.id', '<>', seen.id)
    .execute()
  const live = rows.filter((row) => !row.overdue)
  if (live.length > 0) return live.map((row) => row.seat_id)
  if (rows.length > 0) await endOverdue(deps, { reservationIds: rows.map((row) => row.id), requestId })
  else await dropStaleLocks(deps, { scheduleId: seen.scheduleId, seatIds })
  return []
}

/** Whoever waits for the new seats learns at once that nothing came of it; another exchange of the hold may have got some. */
const letGo = (
  deps: ChangeSeatsDeps,
  { reservationId }: ChangeSeatsInput,
  tried: { readonly scheduleId: string; readonly seatIds: readonly string[] },
): Promise<void> => releaseLapsed(deps, [{ reservationId, ...tried }])
