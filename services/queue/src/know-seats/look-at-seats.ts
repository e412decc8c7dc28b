import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import {
  beginSeatReading,
  type ClosedReason,
  countPeople,
  followSeats,
  readBuyers,
  readClosed,
  type SeatReading,
  writeSeats,
} from '@ticket-queue/lua/queue'
import { heldSeatsKey } from '@ticket-queue/lua/seat'
import type { RedisClient } from '@ticket-queue/redis'
import { type Log, ServiceCallError } from '@ticket-queue/service-kit'
import type { SaleVerdict } from '../domain/judge-sale.ts'
import { measureSeatsPerPerson } from '../domain/seats-per-person.ts'
import { judgeSaleNow } from '../sale-verdict.ts'
import type { ReadSchedule } from '../schedules.ts'
import type { SeatFigures } from './seat-figures.ts'
import { readTelling } from './told-schedule.ts'

export interface KnowSeatsDeps {
  readonly redis: RedisClient
  /** The event service's word now, not an answer kept from before. */
  readonly readScheduleNow: ReadSchedule
  readonly closeSchedule: (scheduleId: string, reason: ClosedReason) => Promise<boolean>
  readonly openSchedule: (scheduleId: string) => Promise<boolean>
  /** Between two looks at a schedule with people. */
  readonly everyMs: number
  readonly log: Log
  readonly figures: SeatFigures
}

/** What a look has found: how many seats there are and are sold, if known, and what that means for the queue. */
interface Finding {
  readonly seats: { seatsTotal: number; seatsSold: number } | null
  readonly verdict: SaleVerdict
  readonly isFresh: boolean
}

/**
 * Looks at a schedule's seats: counts them, keeps the counts, and closes or opens the queue by them. While the event service gives
 * no answer, what was known stays, with its age, and what an event has told since is applied. A look that another one has
 * overtaken changes nothing.
 */
export async function lookAtSeats(deps: KnowSeatsDeps, scheduleId: string): Promise<void> {
  const { redis, log } = deps
  const reading = await beginSeatReading(redis, scheduleId)
  const finding = await find(deps, scheduleId, reading)
  if (finding === null) return
  if (finding.seats !== null) {
    const counts = { ...(await countAround(redis, scheduleId)), ...finding.seats, isFresh: finding.isFresh }
    if ((await writeSeats(redis, scheduleId, reading, counts)).outcome === 'outdated') return
  }
  const closed = await applyVerdict(deps, scheduleId, finding.verdict)
  if (closed.changed)
    log.info({ scheduleId, ...finding.seats, closed: closed.reason }, 'queue closed or opened by its seats')
  await planNextLook(deps, scheduleId, closed.reason)
}

async function find(deps: KnowSeatsDeps, scheduleId: string, { told, known }: SeatReading): Promise<Finding | null> {
  try {
    const schedule = await deps.readScheduleNow(scheduleId)
    // A schedule that is no more can sell nothing.
    if (schedule === null) return { seats: null, verdict: 'CANCELLED', isFresh: true }
    const { seatsTotal, seatsSold } = schedule
    return { seats: { seatsTotal, seatsSold }, verdict: await judgeSaleNow(deps.redis, schedule), isFresh: true }
  } catch (error) {
    if (!(error instanceof ServiceCallError)) throw error
    deps.figures.failures.inc()
    deps.log.debug({ err: error, scheduleId }, 'the event service did not tell the seats')
  }
  const telling = readTelling(told)
  if (telling === null) return null
  const seats =
    telling.seatsLeft === null || known === null
      ? null
      : { seatsTotal: known.seatsTotal, seatsSold: Math.max(0, known.seatsTotal - telling.seatsLeft) }
  return { seats, verdict: judgeTelling(telling.status, telling.seatsLeft), isFresh: false }
}

/** An event alone closes a queue; that it opens again is for the event service itself to say. */
function judgeTelling(status: InternalSchedule['status'], seatsLeft: number | null): SaleVerdict {
  if (status === 'CANCELLED') return 'CANCELLED'
  if (status === 'ENDED') return 'SALE_ENDED'
  return status === 'ONGOING' && seatsLeft === 0 ? 'SOLD_OUT' : 'LEAVE'
}

/** What surrounds the seats that are sold: seats in hold, and people inside who hold none yet. */
async function countAround(redis: RedisClient, scheduleId: string) {
  const [held, { inside }, buyers] = await Promise.all([
    redis.client.scard(heldSeatsKey(scheduleId)),
    countPeople(redis, scheduleId),
    readBuyers(redis, scheduleId),
  ])
  const seatsPerPerson = measureSeatsPerPerson(buyers)
  return { held, seatsPerPerson, choosing: Math.max(0, inside - Math.round(held / seatsPerPerson)) }
}

async function applyVerdict(deps: KnowSeatsDeps, scheduleId: string, verdict: SaleVerdict) {
  const reason = await readClosed(deps.redis, scheduleId)
  if (verdict === 'LEAVE') return { changed: false, reason }
  if (verdict === 'OPEN') {
    return { changed: reason !== null && (await deps.openSchedule(scheduleId)), reason: null }
  }
  return { changed: await deps.closeSchedule(scheduleId, verdict), reason: verdict }
}

const soldOutFactor = 5
const overMs = 600_000

/** A queue that is closed for good is looked at rarely while people are still there, then no more: an event brings it back. */
async function planNextLook(
  { redis, everyMs }: KnowSeatsDeps,
  scheduleId: string,
  closed: ClosedReason | null,
): Promise<void> {
  const { waiting, inside } = await countPeople(redis, scheduleId)
  const hasPeople = waiting + inside > 0
  if (closed === 'SOLD_OUT') await followSeats(redis, scheduleId, everyMs * soldOutFactor)
  else if (closed !== null) await followSeats(redis, scheduleId, hasPeople ? overMs : null)
  else if (!hasPeople) await followSeats(redis, scheduleId, null)
}
