import type { InGroup } from '@ticket-queue/database'
import type { ReadQueueToken } from '@ticket-queue/lua/queue'
import type { CommitHold } from '@ticket-queue/lua/seat'
import { v7 as uuidv7 } from 'uuid'
import type { Catalogue } from '../catalogue.ts'
import { checkQueueToken } from '../check-queue-token.ts'
import { seatsMax } from '../domain/held-seat.ts'
import type { Wish } from '../domain/rank-segments.ts'
import type { HeldSchedules } from '../held-schedules.ts'
import type { RowChoice } from '../judge-singles.ts'
import { type LockSeatsDeps, lockSeats } from '../lock-seats.ts'
import type { PaymentToken, PaymentTokenInput } from '../payment-tokens.ts'
import { unavailable } from '../unavailable.ts'
import { type ClearWayDeps, clearWay } from './clear-way.ts'
import type { HoldRefusal, MadeHold, WantedHold } from './hold.ts'
import { holdBestSeats } from './hold-best-seats.ts'
import type { PickSeatsDeps } from './pick-seats.ts'
import { type WriteOrReleaseDeps, writeOrRelease } from './write-hold.ts'

export interface HoldSeatsDeps extends ClearWayDeps, LockSeatsDeps, WriteOrReleaseDeps, PickSeatsDeps {
  readonly catalogue: Catalogue
  readonly heldSchedules: HeldSchedules
  readonly readQueueToken: ReadQueueToken
  readonly commitHold: CommitHold
  readonly issuePaymentToken: InGroup<PaymentTokenInput, PaymentToken>
}

export interface HoldSeatsInput {
  readonly userId: string
  readonly queueToken: string | undefined
  readonly scheduleId: string
  /** Seats that the buyer has chosen, or what the best ones shall be. */
  readonly wanted: readonly string[] | Wish
  readonly requestId: string
}

const attemptsMax = 3

/**
 * Holds seats for a buyer whose turn it is: token, tentative hold in Redis, row in the database, hold committed, payment
 * token (RSV-001, RSV-005, RSV-008; data.md, Redis rules 3 and 4). A repeat with the same seats gives the hold that exists
 * already. Throws the queue token's refusals, and 503 when the event or queue service is away.
 */
export async function holdSeatsForBuyer(deps: HoldSeatsDeps, input: HoldSeatsInput) {
  const { userId, scheduleId, wanted, requestId } = input
  await checkQueueToken(deps.readQueueToken, { token: input.queueToken, userId, scheduleId })
  const count = 'together' in wanted ? wanted.count : wanted.length
  if (count > seatsMax) return { refused: 'SEAT_LIMIT_EXCEEDED' } satisfies HoldRefusal
  const schedule = await deps.catalogue.schedule(scheduleId)
  if (!schedule) return { refused: 'SCHEDULE_NOT_FOUND' } satisfies HoldRefusal
  const [inventory] = await Promise.all([
    deps.catalogue.inventory(scheduleId),
    deps.heldSchedules.note(scheduleId).catch((error: unknown) => Promise.reject(unavailable(error))),
  ])
  const asked = { reservationId: uuidv7(), userId, scheduleId, schedule, requestId }
  if ('together' in wanted) {
    const made = await holdBestSeats(deps, { ...asked, wish: wanted, inventory })
    return 'refused' in made ? made : answerFor(deps, input, made)
  }
  const unknown = wanted.filter((id) => !inventory.byId.has(id))
  if (unknown.length > 0) return { refused: 'SEAT_UNKNOWN', seatIds: unknown } satisfies HoldRefusal
  const seats = wanted.flatMap((id) => inventory.byId.get(id) ?? [])
  const choice = schedule.rules.avoidOrphans
    ? { inventory, soldBits: await deps.catalogue.recentlySoldBits(scheduleId), chosenIds: wanted, droppedIds: [] }
    : null
  const made = await makeOrFindHold(deps, { ...asked, seatIds: wanted, seats }, choice)
  return 'refused' in made ? made : answerFor(deps, input, made)
}

/** A refusal for single seats is told only when the rows know of nothing else: a repeat is answered whatever is around it. */
async function makeOrFindHold(
  deps: HoldSeatsDeps,
  hold: WantedHold,
  choice: RowChoice | null,
): Promise<MadeHold | HoldRefusal> {
  const deadlineMs = performance.now() + deps.tentativeHoldSeconds * 1000
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const locked = await lockSeats(deps, hold, deadlineMs, { choice, mayJoin: attempt === 1 })
    if (locked === 'undecided') break
    const written = locked === 'held' ? await writeOrRelease(deps, hold) : 'in-the-way'
    if (written !== 'in-the-way') return written
    const found = await clearWay(deps, hold)
    if (found !== 'cleared') return found
    if (typeof locked === 'object') return { refused: 'LEAVES_SINGLE_SEAT', seatIds: [...locked.singles] }
  }
  return { refused: 'SEATS_UNDECIDED' }
}

/** From here on the row decides: Redis is brought in line with it while the queue gives the payment token. */
async function answerFor(deps: HoldSeatsDeps, { scheduleId, userId, requestId }: HoldSeatsInput, made: MadeHold) {
  const { reservationId, seats, totalAmount, holdExpiresAt } = made
  const [token] = await Promise.all([
    deps.issuePaymentToken({ userId, scheduleId, reservationId, requestId }),
    keepInRedis(deps, scheduleId, made),
  ])
  return { reservationId, status: 'PENDING' as const, seats: [...seats], totalAmount, holdExpiresAt, ...token }
}

/** Commits the hold; a lost key is set again. */
async function keepInRedis(deps: HoldSeatsDeps, scheduleId: string, { reservationId, seats, keptForMs }: MadeHold) {
  const owned = { scheduleId, reservationId, seatIds: seats.map((seat) => seat.seatId) }
  const remainingMs = Math.max(1, Math.round(keptForMs))
  const { outcome } = await deps.commitHold({ ...owned, remainingMs })
  if (outcome !== 'lost') return
  await deps.holdSeats({ ...owned, tentativeMs: deps.tentativeHoldSeconds * 1000 })
  await deps.commitHold({ ...owned, remainingMs })
}
