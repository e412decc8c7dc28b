import { z } from 'zod'
import { advisePoll, estimateWait } from './estimate-wait.ts'

/** The answer of `POST /queue/enter` and `GET /queue/status`. */
export const placeSchema = z
  .object({
    status: z.enum(['WAITING', 'ACTIVE', 'CLOSED']),
    scheduleId: z.uuid(),
    /** 1 is next. 0 once admitted. */
    rank: z.int().nonnegative(),
    aheadOfYou: z.int().nonnegative(),
    /** Seconds; null while nobody is admitted. */
    estimatedWaitTime: z.int().nonnegative().nullable(),
    /** p50 and p90 in seconds. */
    estimatedWaitRange: z.tuple([z.int(), z.int()]).nullable(),
    pollAfterMs: z.int().positive(),
    token: z.string().nullable(),
    tokenExpiresAt: z.iso.datetime({ offset: true }).nullable(),
    ticket: z.string().nullable(),
  })
  .meta({ id: 'QueuePlace' })

export type Place = z.infer<typeof placeSchema>

const pollAdmittedMs = 30_000

/** Somebody in the queue; `perSecond` people are admitted, 0 while it is paused. */
export function waitingPlace(scheduleId: string, ahead: number, perSecond: number): Place {
  const wait = estimateWait(ahead, perSecond)
  return {
    status: 'WAITING',
    scheduleId,
    rank: ahead + 1,
    aheadOfYou: ahead,
    estimatedWaitTime: wait?.p50 ?? null,
    estimatedWaitRange: wait === null ? null : [wait.p50, wait.p90],
    pollAfterMs: advisePoll(ahead, wait),
    token: null,
    tokenExpiresAt: null,
    ticket: null,
  }
}

/** Somebody inside, with the token that opens the seats until `expiresAtMs` (unix ms). */
export function admittedPlace(scheduleId: string, token: string, expiresAtMs: number): Place {
  return {
    status: 'ACTIVE',
    scheduleId,
    rank: 0,
    aheadOfYou: 0,
    estimatedWaitTime: 0,
    estimatedWaitRange: [0, 0],
    pollAfterMs: pollAdmittedMs,
    token,
    tokenExpiresAt: new Date(expiresAtMs).toISOString(),
    ticket: null,
  }
}
