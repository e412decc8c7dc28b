import { z } from 'zod'
import { envelopeOf } from './envelope.ts'

const schedule = { scheduleId: z.uuid() }
const person = { ...schedule, userId: z.uuid() }
/** Order in the queue: entry time in µs of Redis, or after a draw a small number from 1. */
const place = z.number().nonnegative()
/** Who did it: an administrator's user ID, or the name of a program. */
const by = z.string().min(1)

/** Why a queue is closed: every seat is sold, the sale window is over, or the show is off. */
export const queueClosedReasonSchema = z.enum(['SOLD_OUT', 'SALE_ENDED', 'CANCELLED'])

/** Redis has begun to remember this queue: for the first time, or anew after a loss. Places of people follow by QueueJoined. */
export const queueEpochBeganSchema = envelopeOf(
  'QueueEpochBegan',
  'Queue',
  z.object({ ...schedule, epoch: place, afterLoss: z.boolean() }),
)

/** A person has a place; `restored`: it is the place that a ticket of an earlier epoch proves. */
export const queueJoinedSchema = envelopeOf(
  'QueueJoined',
  'Queue',
  z.object({ ...person, place, restored: z.boolean() }),
)

/** A person has been let in, from `place`. */
export const queueAdmittedSchema = envelopeOf('QueueAdmitted', 'Queue', z.object({ ...person, place }))

/** A place was dropped because its owner had not been heard of for too long. */
export const queueExpiredSchema = envelopeOf('QueueExpired', 'Queue', z.object(person))

/** A person gave up the place (`QUEUE`), ended the stay inside (`INSIDE`), or the last token of the stay ended (`TOKEN_ENDED`). */
export const queueLeftSchema = envelopeOf(
  'QueueLeft',
  'Queue',
  z.object({ ...person, from: z.enum(['QUEUE', 'INSIDE', 'TOKEN_ENDED']) }),
)

/** A person was let in and never came: the token ended without having been fetched. */
export const queueNoShowSchema = envelopeOf('QueueNoShow', 'Queue', z.object(person))

export const queuePausedSchema = envelopeOf('QueuePaused', 'Queue', z.object({ ...schedule, by }))
export const queueResumedSchema = envelopeOf('QueueResumed', 'Queue', z.object({ ...schedule, by }))

/** How the queue is run has changed: fields with their new values; `cause` is given where a program decided. */
export const queueReconfiguredSchema = envelopeOf(
  'QueueReconfigured',
  'Queue',
  z.object({ ...schedule, by, cause: z.string().nullable(), changes: z.record(z.string(), z.json()) }),
)

export const queueClosedSchema = envelopeOf(
  'QueueClosed',
  'Queue',
  z.object({ ...schedule, by, reason: queueClosedReasonSchema }),
)
export const queueReopenedSchema = envelopeOf('QueueReopened', 'Queue', z.object({ ...schedule, by }))

const draw = { ...schedule, drawId: z.uuid() }

/** The roster of a pre-queue has closed: everybody whose place is at most `closedAtPlace` is in it. */
export const queueDrawClosedSchema = envelopeOf(
  'QueueDrawClosed',
  'Queue',
  z.object({ ...draw, count: z.int().nonnegative(), rosterDigest: z.string(), closedAtPlace: place }),
)

/** The drawn order stands in the queue, told again after a loss of Redis. Position n of the draw is admitted from the place n + 1. */
export const queueDrawnSchema = envelopeOf('QueueDrawn', 'Queue', z.object({ ...draw, count: z.int().nonnegative() }))

/** Seed, salt and roster are public: anybody can recompute every position. */
export const queueDrawPublishedSchema = envelopeOf('QueueDrawPublished', 'Queue', z.object({ ...draw, by }))

/** The draw was given up before its order was known; people are admitted in entry order. */
export const queueDrawVoidedSchema = envelopeOf(
  'QueueDrawVoided',
  'Queue',
  z.object({ ...draw, by, reason: z.string() }),
)
