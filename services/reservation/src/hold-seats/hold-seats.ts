import { setTimeout as pause } from 'node:timers/promises'
import { issuedTokenSchema } from '@ticket-queue/contracts/http/queue'
import { commitHold, holdSeats, releaseSeats } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import type { CallService } from '@ticket-queue/service-kit'
import type { Kysely } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import type { Catalogue, CatalogueSeat } from '../catalogue.ts'
import { checkQueueToken } from '../check-queue-token.ts'
import type { Database } from '../store/database.ts'
import { type WrittenHold, writeHold } from './write-hold.ts'

export interface HoldSeatsDeps {
  readonly db: Kysely<Database>
  readonly redis: RedisClient
  readonly catalogue: Catalogue
  readonly queue: CallService
  readonly holdSeconds: number
  readonly tentativeHoldSeconds: number
  /** Wakes the outbox relay: taking over an expired hold publishes its cancellation. */
  readonly wakeRelay: () => void
}

export interface HoldSeatsInput {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly scheduleId: string
  readonly seatIds: readonly string[]
  readonly requestId: string
}

/** Why no hold was made; members beside `refused` become members of the problem answer. */
export type HoldRefusal =
  | { refused: 'SCHEDULE_NOT_FOUND' | 'SALE_NOT_OPEN' | 'SEAT_LIMIT_EXCEEDED' | 'SEATS_UNDECIDED' }
  | { refused: 'SEAT_UNKNOWN' | 'SEAT_TAKEN'; seatIds: string[] }
  | { refused: 'HOLD_EXISTS'; reservationId: string; holdExpiresAt: string }

const seatsMax = 4
const retryPauseMs = 40

/**
 * Holds seats for a buyer whose turn it is: token, sale window, tentative hold in Redis, row in the database, hold
 * committed, payment token (RSV-001, RSV-005, RSV-008; data.md, Redis rules 3 and 4). A repeat with the same seats gives
 * the hold that exists already.
 */
export async function holdSeatsForBuyer(deps: HoldSeatsDeps, input: HoldSeatsInput) {
  await checkQueueToken(deps.redis, { token: input.queueToken, userId: input.userId, scheduleId: input.scheduleId })
  if (input.seatIds.length > seatsMax) return { refused: 'SEAT_LIMIT_EXCEEDED' } satisfies HoldRefusal
  const schedule = await deps.catalogue.schedule(input.scheduleId)
  if (!schedule) return { refused: 'SCHEDULE_NOT_FOUND' } satisfies HoldRefusal
  const seats = await pickSeats(deps.catalogue, input)
  if (!Array.isArray(seats)) return seats

  const reservationId = uuidv7()
  const locked = await lockSeats(deps, { ...input, reservationId })
  if (locked === 'undecided') return { refused: 'SEATS_UNDECIDED' } satisfies HoldRefusal
  const written =
    locked === 'held'
      ? await writeHoldOrRelease(deps, { ...input, reservationId, schedule, seats })
      : await writeHold(deps, {
          ...input,
          reservationId,
          schedule,
          seats,
          onlyExisting: true,
          takenSeatIds: locked.seatIds,
        })
  if ('refused' in written) return written
  return answerFor(deps, input, written)
}

async function pickSeats(catalogue: Catalogue, input: HoldSeatsInput): Promise<CatalogueSeat[] | HoldRefusal> {
  const inventory = await catalogue.seats(input.scheduleId)
  const seats = input.seatIds.flatMap((id) => inventory.get(id) ?? [])
  if (seats.length === input.seatIds.length) return seats
  return { refused: 'SEAT_UNKNOWN', seatIds: input.seatIds.filter((id) => !inventory.has(id)) }
}

/** Waits for the outcome of tentative holds of others, at most as long as such a hold can live. */
async function lockSeats(
  deps: HoldSeatsDeps,
  hold: { scheduleId: string; reservationId: string; seatIds: readonly string[] },
) {
  const tentativeMs = deps.tentativeHoldSeconds * 1000
  const deadline = performance.now() + tentativeMs
  for (;;) {
    const reply = await holdSeats(deps.redis, { ...hold, tentativeMs })
    if (reply.outcome === 'held') return 'held'
    if (reply.outcome === 'taken') return { seatIds: reply.seatIds }
    if (performance.now() > deadline) return 'undecided'
    await pause(retryPauseMs + Math.random() * retryPauseMs)
  }
}

async function writeHoldOrRelease(deps: HoldSeatsDeps, hold: Parameters<typeof writeHold>[1]) {
  const owned = { scheduleId: hold.scheduleId, reservationId: hold.reservationId, seatIds: hold.seatIds }
  try {
    const written = await writeHold(deps, hold)
    if ('refused' in written || written.reservationId !== hold.reservationId) await releaseSeats(deps.redis, owned)
    return written
  } catch (error) {
    await releaseSeats(deps.redis, owned).catch(() => {})
    throw error
  }
}

/** From here on the row decides: Redis is brought in line with it, and a lost key is set again. */
async function answerFor(deps: HoldSeatsDeps, input: HoldSeatsInput, written: WrittenHold) {
  const owned = {
    scheduleId: input.scheduleId,
    reservationId: written.reservationId,
    seatIds: written.seats.map((seat) => seat.seatId),
  }
  const remainingMs = Math.max(1, Math.round(written.remainingMs))
  const committed = await commitHold(deps.redis, { ...owned, remainingMs })
  if (committed.outcome === 'lost') {
    await holdSeats(deps.redis, { ...owned, tentativeMs: deps.tentativeHoldSeconds * 1000 })
    await commitHold(deps.redis, { ...owned, remainingMs })
  }
  const token = await deps.queue.post('/internal/tokens/payment', issuedTokenSchema, {
    requestId: input.requestId,
    body: { userId: input.userId, scheduleId: input.scheduleId, reservationId: written.reservationId },
  })
  return {
    reservationId: written.reservationId,
    status: 'PENDING' as const,
    seats: written.seats,
    totalAmount: written.totalAmount,
    holdExpiresAt: written.holdExpiresAt,
    paymentToken: token.token,
    paymentTokenExpiresAt: token.expiresAt,
  }
}
