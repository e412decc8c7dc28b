import { localTimeSchema, releasePolicySchema } from '@ticket-queue/contracts/http/event'
import { z } from 'zod'

/** The largest per-person limit that can be asked for; without one, only each reservation is limited (RSV-005). */
const perPersonSeatsMax = 100

const releaseSchema = z
  .strictObject({ policy: releasePolicySchema, at: localTimeSchema.nullable().default(null) })
  .superRefine(({ policy, at }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['at'], message })
    if (policy === 'BATCHED' && at === null) refuse('A batched release needs the time of day of its batches')
    if (policy !== 'BATCHED' && at !== null) refuse(`A release that is ${policy} has no time`)
  })

/** What an administrator rules about an event's sale; a body that says nothing gets the defaults. */
export const eventOptionsSchema = z.strictObject({
  perPersonMax: z.int().min(1).max(perPersonSeatsMax).nullable().default(null),
  avoidOrphans: z.boolean().default(false),
  release: releaseSchema.default({ policy: 'AT_ONCE', at: null }),
})

/** The same of an event that has options already: what is not given stays. */
export const eventOptionsChangeSchema = z.strictObject({
  perPersonMax: z.int().min(1).max(perPersonSeatsMax).nullable().optional(),
  avoidOrphans: z.boolean().optional(),
  release: releaseSchema.optional(),
})
export type EventOptions = z.output<typeof eventOptionsSchema>
