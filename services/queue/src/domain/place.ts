import { type ClosedReason, closedReasonSchema } from '@ticket-queue/lua/queue'
import { z } from 'zod'
import { estimateWait } from './estimate-wait.ts'
import type { Outflow } from './expect-outflow.ts'
import { outlookSchema } from './outlook.ts'
import { shownDrawSchema } from './shown-draw.ts'

/** A ticket as a person sends it back; whether it is one of ours is for `PlaceTickets` to say. */
export const ticketSchema = z.string().max(512)

/** The answer of `POST /queue/enter` and `GET /queue/status`. */
export const placeSchema = z
  .object({
    status: z.enum(['WAITING', 'ACTIVE', 'CLOSED']),
    scheduleId: z.uuid(),
    /** 1 is next. 0 once admitted. Null, like `aheadOfYou`, while the order is still to be drawn. */
    rank: z.int().nonnegative().nullable(),
    aheadOfYou: z.int().nonnegative().nullable(),
    /** Seconds; null while nobody is admitted. */
    estimatedWaitTime: z.int().nonnegative().nullable(),
    /** p50 and p90 in seconds. */
    estimatedWaitRange: z.tuple([z.int(), z.int()]).nullable(),
    pollAfterMs: z.int().positive(),
    token: z.string().nullable(),
    tokenExpiresAt: z.iso.datetime({ offset: true }).nullable(),
    /** Why the queue is closed. */
    closedReason: closedReasonSchema.nullable(),
    /** Neither sold nor held; null where unknown. */
    seatsLeft: z.int().nonnegative().nullable(),
    /** Whether a seat can be hoped for; null where the seats are unknown. */
    outlook: outlookSchema.nullable(),
    /** Seats and outlook are those of some time ago. */
    seatsAreOld: z.boolean(),
    /** The place, signed: brings it back should the queue be lost. To be kept, and given back with every request. */
    ticket: z.string().nullable(),
    /** The draw that orders this queue; null for first come, first served, and while it is closed. */
    draw: shownDrawSchema.nullable(),
  })
  .meta({ id: 'QueuePlace' })

export type Place = z.infer<typeof placeSchema>

interface Answered {
  readonly scheduleId: string
  /** When to ask again. */
  readonly pollAfterMs: number
}

interface InQueue extends Answered {
  readonly ahead: number
  readonly ticket: string | null
}

interface Inside extends Answered {
  readonly token: string
  /** Unix ms. */
  readonly expiresAtMs: number
  readonly ticket: string | null
}

/** Somebody in the queue, which gets shorter by `outflow`. */
export function waitingPlace({ scheduleId, ahead, pollAfterMs, ticket }: InQueue, outflow: Outflow): Place {
  const wait = estimateWait(ahead, outflow)
  return {
    ...nobody,
    status: 'WAITING',
    scheduleId,
    rank: ahead + 1,
    aheadOfYou: ahead,
    estimatedWaitTime: wait?.p50 ?? null,
    estimatedWaitRange: wait === null ? null : [wait.p50, wait.p90],
    pollAfterMs,
    ticket,
  }
}

/** Somebody inside, with the token that opens the seats. */
export function admittedPlace({ scheduleId, token, expiresAtMs, pollAfterMs, ticket }: Inside): Place {
  return {
    ...nobody,
    status: 'ACTIVE',
    scheduleId,
    estimatedWaitTime: 0,
    estimatedWaitRange: [0, 0],
    pollAfterMs,
    token,
    tokenExpiresAt: new Date(expiresAtMs).toISOString(),
    ticket,
  }
}

/** Anybody who asks at a queue that is closed; the ticket is of the place that is kept meanwhile, null of who has none. */
export const closedPlace = (
  { scheduleId, pollAfterMs, ticket }: Answered & { readonly ticket: string | null },
  closedReason: ClosedReason,
): Place => ({ ...nobody, status: 'CLOSED', scheduleId, pollAfterMs, closedReason, ticket })

const nobody = {
  rank: 0,
  aheadOfYou: 0,
  estimatedWaitTime: null,
  estimatedWaitRange: null,
  token: null,
  tokenExpiresAt: null,
  closedReason: null,
  seatsLeft: null,
  outlook: null,
  seatsAreOld: false,
  ticket: null,
  draw: null,
}
