import type { InternalSchedule } from '@ticket-queue/contracts/http/event'
import type { Proof, ProofChallenge } from '@ticket-queue/contracts/proof-of-work'
import { type ClosedReason, leaveClosed, type TakePlace, type UserInSchedule } from '@ticket-queue/lua/queue'
import { ServiceCallError } from '@ticket-queue/service-kit'
import { type AskDeps, admittedAnswer, readTicket, waitingAnswer, whatIsKnown } from '../answer-place.ts'
import { askPlace } from '../ask-place.ts'
import type { Place } from '../domain/place.ts'
import { showSeats } from '../domain/show-seats.ts'
import type { EntryProofs } from '../entry-proof.ts'
import { isPreQueueOpen } from '../known-draw.ts'
import type { KnownSettings } from '../known-settings.ts'
import type { NameNetwork } from '../network-name.ts'
import { judgeSaleNow } from '../sale-verdict.ts'
import { isWithoutAnswer, type ReadSchedule } from '../schedules.ts'
import { comeBack, keepPlace } from './come-back.ts'
import type { EnterFigures } from './enter-figures.ts'
import type { LetIn } from './let-in-at-once.ts'

export interface EnterQueueDeps extends AskDeps {
  readonly readSchedule: ReadSchedule
  readonly settings: KnownSettings
  readonly proofs: EntryProofs
  readonly nameNetwork: NameNetwork
  /** How many entries of one account are answered in a minute. */
  readonly entersPerMinute: number
  readonly enterFigures: EnterFigures
  readonly takePlace: TakePlace
  readonly letIn: LetIn
}

export interface Entry {
  readonly scheduleId: string
  readonly userId: string
  /** Where the request came from, in the gateway's word. */
  readonly address: string
  readonly ticket?: string | undefined
  readonly proof?: Proof | undefined
}

export type Entered =
  | { kind: 'place'; place: Place }
  | {
      kind:
        | 'SCHEDULE_NOT_FOUND'
        | 'QUEUE_FULL'
        | 'QUEUE_DRAINING'
        | 'TICKET_INVALID'
        | 'PROOF_INVALID'
        | 'ORDER_UNKNOWN'
        | ClosedReason
    }
  | { kind: 'SALE_NOT_OPEN'; saleStartAt: string; saleEndAt: string; preQueueOpensAt: string | null }
  | { kind: 'ALREADY_QUEUED_ELSEWHERE'; scheduleId: string }
  | ({ kind: 'PROOF_REQUIRED' } & ProofChallenge)
  | { kind: 'limited'; retryAfterMs: number }

/**
 * Gives a user a place in the queue of a schedule on sale, or in its pre-queue; who has one or is inside already gets that
 * (QUEUE-001, QUEUE-011). A ticket of a queue that has been lost since gives back the place held in it. Where the schedule says so, a
 * newcomer shows work first (decision 0012): what does not need Redis to be seen as wrong does not reach it. Who is due at once, because
 * hardly anybody is before, is answered as admitted. Where nobody new may enter, who shows a ticket is answered as by a poll.
 */
export async function enterQueue(deps: EnterQueueDeps, entry: Entry): Promise<Entered> {
  const { proof, address, scheduleId, userId } = entry
  const who = { scheduleId, userId }
  const ticket = readTicket(deps, who, entry.ticket)
  if (ticket === null) return { kind: 'TICKET_INVALID' }
  const proofEndsMs = proof === undefined ? undefined : deps.proofs.read(who, proof)
  if (proofEndsMs === null) return refuseProof(deps)
  const schedule = await deps.readSchedule(scheduleId).catch((error: unknown) => {
    if (isWithoutAnswer(error)) return error
    throw error
  })
  const asking = { ...deps, pollsPerMinute: deps.entersPerMinute }
  if (schedule instanceof Error) return comeBack(asking, entry, schedule)
  if (schedule === null) return { kind: 'SCHEDULE_NOT_FOUND' }
  const refusal = await refuseSale(deps, schedule)
  if (refusal?.kind === 'SALE_NOT_OPEN') return refusal
  if (refusal !== null) return keepPlace(asking, entry, refusal)
  if (!deps.settings.hasHeard()) return comeBack(asking, entry, settingsUnknown())

  const known = await whatIsKnown(deps, scheduleId)
  const newcomer = { entersPerMinute: deps.entersPerMinute, network: deps.nameNetwork(address), proofEndsMs }
  const take = () => deps.takePlace({ ...who, ...known, ticket, ...newcomer })
  let taken = await take()
  if (taken.outcome === 'elsewhere' && (await leaveClosed(deps.redis, { userId, scheduleId: taken.scheduleId }))) {
    taken = await take()
  }
  switch (taken.outcome) {
    case 'waiting':
      // A place is the moment of entry: one from before was there without this proof.
      if (proof !== undefined && taken.scoreUs >= taken.nowMs * 1_000)
        deps.enterFigures.proofs.inc({ outcome: 'accepted' })
      return { kind: 'place', place: (await beLetIn(deps, who, taken)) ?? waitingPlace(deps, who, taken, known) }
    case 'active':
      return { kind: 'place', place: showSeats(admittedAnswer(deps, who, taken), known.seats) }
    case 'elsewhere':
      return { kind: 'ALREADY_QUEUED_ELSEWHERE', scheduleId: taken.scheduleId }
    case 'closed':
      return keepPlace(asking, entry, { kind: taken.reason })
    case 'full':
      return { kind: 'QUEUE_FULL' }
    case 'draining':
      return { kind: 'QUEUE_DRAINING' }
    case 'unclear':
      return { kind: 'ORDER_UNKNOWN' }
    case 'owing':
      deps.enterFigures.proofs.inc({ outcome: 'asked' })
      return { kind: 'PROOF_REQUIRED', ...deps.proofs.ask(who, taken) }
    case 'outdated':
      return refuseProof(deps)
    case 'limited':
      deps.enterFigures.limited.inc()
      return { kind: 'limited', retryAfterMs: taken.retryAfterMs }
  }
}

type Known = Awaited<ReturnType<typeof whatIsKnown>>
type Waiting = Parameters<typeof waitingAnswer>[2]

const waitingPlace = (deps: EnterQueueDeps, who: UserInSchedule, taken: Waiting, known: Known): Place =>
  showSeats(waitingAnswer(deps, who, taken, known.outflow), known.seats)

/** The place inside of somebody whom admission lets in now, or null: then the next poll tells. */
async function beLetIn(deps: EnterQueueDeps, who: UserInSchedule, taken: Waiting): Promise<Place | null> {
  if (taken.isUndrawn || taken.ahead >= deps.pace.dueMax(who.scheduleId)) return null
  if (!(await deps.letIn(who.scheduleId, who.userId))) return null
  // The entry stands, so its answer does not fail with what is only asked in addition.
  const asked = await askPlace({ ...deps, pollsPerMinute: deps.entersPerMinute }, who).catch(() => null)
  return asked?.kind === 'place' && asked.place.status === 'ACTIVE' ? asked.place : null
}

/** A newcomer could slip past the work, the capacity or the draining that was set. */
const settingsUnknown = () =>
  new ServiceCallError('PostgreSQL has not told yet how queues are run', { unreachable: true })

/** Why nobody may enter by the event service's word, or null. */
async function refuseSale({ redis, draws }: EnterQueueDeps, schedule: InternalSchedule): Promise<Entered | null> {
  const verdict = await judgeSaleNow(redis, schedule)
  if (verdict === 'OPEN') return null
  if (verdict !== 'LEAVE') return { kind: verdict }
  const draw = draws.of(schedule.scheduleId)
  if (draw !== null && isPreQueueOpen(draw, schedule, draws.databaseNowMs())) return null
  const { saleStartAt, saleEndAt } = schedule
  return { kind: 'SALE_NOT_OPEN', saleStartAt, saleEndAt, preQueueOpensAt: draw?.terms.opensAt ?? null }
}

function refuseProof({ enterFigures }: EnterQueueDeps): Entered {
  enterFigures.proofs.inc({ outcome: 'refused' })
  return { kind: 'PROOF_INVALID' }
}
