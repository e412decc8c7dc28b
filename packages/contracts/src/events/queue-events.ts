import { z } from 'zod'
import { envelopeOf } from './envelope.ts'

const schedule = { scheduleId: z.uuid() }
const person = { ...schedule, userId: z.uuid() }
/** Who did it: an administrator's user ID; null for the service itself. */
const by = z.uuid().nullable()

/** Why a queue is closed: no seat is left unsold, the sale window is over, the show is off, or an administrator closed it. */
export const queueClosedReasonSchema = z.enum(['SOLD_OUT', 'SALE_ENDED', 'CANCELLED', 'CLOSED_BY_ADMIN'])

/** A person has a place; `place` is its order (entry time in µs of Redis), `returned` that an earlier one was restored by its ticket. */
export const queueJoinedSchema = envelopeOf(
  'QueueJoined',
  'Queue',
  z.object({ ...person, place: z.number().nonnegative(), returned: z.boolean() }),
)

/** A person has been let in, from `place`. */
export const queueAdmittedSchema = envelopeOf(
  'QueueAdmitted',
  'Queue',
  z.object({ ...person, place: z.number().nonnegative().nullable() }),
)

/** A place was dropped because its owner had not been heard of for too long. */
export const queueExpiredSchema = envelopeOf('QueueExpired', 'Queue', z.object(person))

/** A person gave up the place or the stay inside. */
export const queueLeftSchema = envelopeOf('QueueLeft', 'Queue', z.object(person))

/** A person was let in and the token ended without any seats held. */
export const queueNoShowSchema = envelopeOf('QueueNoShow', 'Queue', z.object(person))

export const queuePausedSchema = envelopeOf('QueuePaused', 'Queue', z.object({ ...schedule, by }))
export const queueResumedSchema = envelopeOf('QueueResumed', 'Queue', z.object({ ...schedule, by }))

/** How the queue is run has changed: the fields that changed with their new values. */
export const queueReconfiguredSchema = envelopeOf(
  'QueueReconfigured',
  'Queue',
  z.object({ ...schedule, by, changes: z.record(z.string(), z.json()) }),
)

export const queueClosedSchema = envelopeOf(
  'QueueClosed',
  'Queue',
  z.object({ ...schedule, by, reason: queueClosedReasonSchema }),
)
export const queueReopenedSchema = envelopeOf('QueueReopened', 'Queue', z.object({ ...schedule, by }))

export type QueueClosedReason = z.infer<typeof queueClosedReasonSchema>
