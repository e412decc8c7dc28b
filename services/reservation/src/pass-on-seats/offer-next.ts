import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import { inTransaction } from '@ticket-queue/database'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { CatalogueSeat } from '../catalogue.ts'
import { chooseReturned } from '../domain/choose-returned.ts'
import { isKeptForWheelchairs } from '../domain/kept-for-wheelchairs.ts'
import { offersEndAt } from '../domain/offer-window.ts'
import type { EndedSeats } from '../store/cancel-rows.ts'
import type { Database } from '../store/database.ts'
import { withinPersonLimit } from '../store/person-limit.ts'
import { seatConflict } from '../store/seat-conflict.ts'
import { type Returned, readNext, readReturned } from './line.ts'
import { releaseDue } from './release-due.ts'
import { type CatalogueSeats, type OfferTerms, StaleLine, writeOffer } from './write-offer.ts'

interface OfferNextDeps extends OfferTerms {
  readonly db: Kysely<Database>
}

interface OfferNextInput {
  readonly schedule: InternalSchedule
  readonly seats: CatalogueSeats
}

/** So many seats were offered to one person, or nobody who waits wants these: they were released to everybody. */
export type OfferOutcome = { readonly offered: number } | { readonly released: EndedSeats[] }

const nothing: OfferOutcome = { released: [] }
const attemptsMax = 5

/**
 * Offers withheld seats of a schedule to the next in line whose wish they fit, or releases those that nobody wants; one
 * transaction. Guarded updates decide that nobody is passed over and no seat is offered twice: whoever finds a row changed begins
 * again. While another process takes a step of the schedule, this one does nothing, which spares both the work of colliding.
 */
export async function offerNext(deps: OfferNextDeps, input: OfferNextInput): Promise<OfferOutcome> {
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const outcome = await takeStep(deps, input)
    if (outcome !== 'again') return outcome
  }
  return nothing
}

/** `again`: somebody has left, come or bought meanwhile, so that another person may be next. */
async function takeStep(deps: OfferNextDeps, input: OfferNextInput): Promise<OfferOutcome | 'again'> {
  try {
    return await takeStepWithinLimit(deps, input)
  } catch (error) {
    if (error instanceof StaleLine || seatConflict(error) === 'in-the-way') return 'again'
    throw error
  }
}

/** Where the organiser limits what a person may have, the person's turn comes before any lock: so it is found out who is next. */
async function takeStepWithinLimit(deps: OfferNextDeps, input: OfferNextInput): Promise<OfferOutcome | 'again'> {
  const { schedule } = input
  const { perPersonMax: seatsMax } = schedule.rules
  if (seatsMax === null) return inTransaction(deps.db, (trx) => stepAlone(trx, deps, input))
  const next = await readNext(deps.db, schedule, await readReturned(deps.db, schedule.scheduleId))
  const step = (trx: Transaction<Database>) => stepAlone(trx, deps, { ...input, expectedEntryId: next?.id ?? null })
  if (!next) return inTransaction(deps.db, step)
  const { user_id: userId, seats_wanted: wanted } = next
  const instead = { scheduleId: schedule.scheduleId }
  const outcome = await withinPersonLimit(
    deps.db,
    { userId, eventId: schedule.eventId, seatsMax, wanted, instead },
    step,
  )
  return typeof outcome === 'object' && 'refused' in outcome ? 'again' : outcome
}

interface Step extends OfferNextInput {
  /** Who must be next for the step to be taken; absent: whoever is. */
  readonly expectedEntryId?: string | null
}

async function stepAlone(
  trx: Transaction<Database>,
  terms: OfferTerms,
  { schedule, seats, expectedEntryId }: Step,
): Promise<OfferOutcome | 'again'> {
  if (!(await isOurTurn(trx, schedule.scheduleId))) return nothing
  const returned = await readReturned(trx, schedule.scheduleId)
  if (returned.length === 0) return nothing
  const kept = await keptForWheelchairs(trx, { scheduleId: schedule.scheduleId, returned, seats })
  if (kept.length > 0) return { released: await releaseDue(trx, schedule.scheduleId, isOneOf(kept)) }
  const canOffer = await isOfferable(trx, terms, schedule)
  const next = canOffer ? await readNext(trx, schedule, returned) : null
  if (expectedEntryId !== undefined && canOffer && (next?.id ?? null) !== expectedEntryId) return 'again'
  if (!next) return { released: await releaseDue(trx, schedule.scheduleId, isOneOf(returned)) }
  const chosen = chooseReturned(returned, next)
  if (!chosen) throw new Error(`the seats of schedule ${schedule.scheduleId} do not fit the entry they fitted`)
  await writeOffer(trx, terms, { schedule, seats, chosen, entry: next })
  return { offered: chosen.length }
}

/**
 * Of seats that came back, places for wheelchairs with the seats beside: who waits has not asked for them, so everybody may choose
 * them again. Where a grade has no others they are what its people wait for.
 */
async function keptForWheelchairs(
  trx: Transaction<Database>,
  { scheduleId, returned, seats }: { scheduleId: string; returned: readonly Returned[]; seats: CatalogueSeats },
): Promise<Returned[]> {
  const isSpecial = ({ accessible, companionOf }: CatalogueSeat) => accessible || companionOf !== null
  const special = returned.filter(({ seat_id }) => {
    const seat = seats.get(seat_id)
    return seat !== undefined && isSpecial(seat)
  })
  if (special.length === 0) return []
  const { rows } = await sql<{ seat_id: string }>`
    SELECT seat_id FROM reservation_seats
    WHERE schedule_id = ${scheduleId}::uuid AND active AND withheld_at IS NULL`.execute(trx)
  const taken = new Set(rows.map((row) => seats.get(row.seat_id)?.ordinal))
  const ordinaryGrades = new Set([...seats.values()].filter((seat) => !isSpecial(seat)).map((seat) => seat.grade))
  return special.filter(({ seat_id }) => {
    const seat = seats.get(seat_id)
    if (seat === undefined || !ordinaryGrades.has(seat.grade)) return false
    return isKeptForWheelchairs(seat, (ordinal) => !taken.has(ordinal))
  })
}

/** Held until the transaction ends, also when its process dies. */
async function isOurTurn(trx: Transaction<Database>, scheduleId: string): Promise<boolean> {
  const { rows } = await sql<{ acquired: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${`waiting-list ${scheduleId}`}, 0)) AS acquired`.execute(trx)
  return rows[0]?.acquired === true
}

/** Whether there is time for an offer that can still be paid as any hold, by the database's clock. */
async function isOfferable(
  trx: Transaction<Database>,
  { holdSeconds }: OfferTerms,
  schedule: InternalSchedule,
): Promise<boolean> {
  if (schedule.status === 'CANCELLED' || schedule.eventStatus !== 'OPEN') return false
  const { rows } = await sql<{ is_offerable: boolean }>`
    SELECT now() >= ${schedule.saleStartAt}::timestamptz
      AND now() + make_interval(secs => ${holdSeconds}) <= ${offersEndAt(schedule)}::timestamptz
      AND NOT EXISTS (SELECT 1 FROM cancelled_schedules WHERE schedule_id = ${schedule.scheduleId}::uuid) AS is_offerable`.execute(
    trx,
  )
  return rows[0]?.is_offerable === true
}

const isOneOf = (returned: readonly Returned[]) => sql<boolean>`id = ANY (${returned.map((seat) => seat.id)}::uuid[])`
