import { z } from 'zod'
import { defaultQueueConfig } from './queue-config.ts'
import { type ToldDraw, textOfDraw } from './told-draw.ts'

export interface UserInSchedule {
  scheduleId: string
  userId: string
}

/** What an authentic ticket says: `scoreUs` is the place its owner held in the epoch `epochUs` (µs), told at `atMs` (unix ms). */
export interface TicketFacts {
  epochUs: number
  scoreUs: number
  atMs: number
}

/** How a queue comes back after Redis has lost it. */
export interface Recovery {
  /** How long, from the first sign of the loss, tickets of older epochs put their owners back. */
  restoreMs: number
  /** How long nobody is admitted, so that most have come back before. */
  graceMs: number
}

export const defaultRecovery: Recovery = { restoreMs: 900_000, graceMs: 6_000 }

/** What a caller knows of a schedule's queue. */
export interface QueueRequest {
  scheduleId: string
  /** People admitted per second, for the advice when to ask again; 0 while nobody is. */
  perSecond?: number | undefined
  /** The latest moment (µs) of this queue that this process has seen: shows a loss to the script. */
  knownUs?: number | undefined
  recovery?: Recovery | undefined
  /** What this process knows of the schedule's draw; null where there is none. */
  draw?: ToldDraw | null | undefined
}

export interface PlaceRequest extends QueueRequest, UserInSchedule {
  /** Only one whose signature, user and schedule have been checked. */
  ticket?: TicketFacts | undefined
}

/** Who has not been heard of for this long has left (data.md, rule 1). */
export const activeMs = 600_000

const microseconds = z.int().nonnegative()

export const queueArguments = {
  perSecond: z.number().nonnegative(),
  knownUs: microseconds,
  restoreMs: z.int().nonnegative(),
  graceMs: z.int().nonnegative(),
  draw: z.string(),
}

/** The arguments of a script that answers about places in a queue, but for who asks. */
export const queueArgumentsOf = ({ perSecond, knownUs = 0, recovery = defaultRecovery, draw }: QueueRequest) => ({
  perSecond: perSecond ?? (defaultQueueConfig.batchSize * 1_000) / defaultQueueConfig.intervalMs,
  knownUs,
  ...recovery,
  draw: textOfDraw(draw),
})

/** What a ticket says, at the end of what a script is told of its owner; '' without one. */
export const textOfTicket = (ticket: TicketFacts | undefined): string =>
  ticket === undefined ? '' : ` ${ticket.epochUs} ${ticket.scoreUs} ${ticket.atMs}`

/**
 * What callers know who go together: what is known of moments only grows, and the grace counts down by the millisecond, so the
 * greatest of them serves all.
 */
export const knownToAll = (requests: readonly QueueRequest[]) => ({
  knownUs: Math.max(...requests.map(({ knownUs = 0 }) => knownUs)),
  recovery: {
    ...(requests[0]?.recovery ?? defaultRecovery),
    graceMs: Math.max(...requests.map(({ recovery = defaultRecovery }) => recovery.graceMs)),
  },
})

const ticketReply = { epochUs: z.number(), scoreUs: z.number(), nowMs: z.number() }

export const closedReasonSchema = z.enum(['SOLD_OUT', 'SALE_ENDED', 'CANCELLED'])

/** Why a queue is closed. */
export type ClosedReason = z.infer<typeof closedReasonSchema>

/** What both entering and asking can be answered with. */
export const placeReplies = {
  waiting: {
    ahead: z.number(),
    total: z.number(),
    pollAfterMs: z.number(),
    ...ticketReply,
    /** The order is still to be drawn: `ahead` says nothing. */
    isUndrawn: z.number().transform(Boolean),
  },
  active: { token: z.string(), expiresAtMs: z.number(), pollAfterMs: z.number(), ...ticketReply },
  /** The place of who keeps one while the queue is closed; epoch and score are 0 of who has none. */
  closed: { reason: closedReasonSchema, pollAfterMs: z.number(), ...ticketReply },
  unclear: {},
}
