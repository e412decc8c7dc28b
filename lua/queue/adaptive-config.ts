import { z } from 'zod'

/** People per second that batch size (1 to 1,000) and interval (0.1 to 60 s) can express. */
const perSecond = z.number().min(0.02).max(10_000)

/**
 * How admission of a schedule follows what the system bears: the rate moves between floor and ceiling by itself, and
 * `batchSize` and `intervalMs` of the schedule show where it is.
 */
export const adaptiveConfigSchema = z
  .strictObject({
    floorPerSecond: perSecond,
    ceilingPerSecond: perSecond,
    /** How many people should be inside at once; people who never come are made up for. */
    insideTarget: z.int().min(1).max(1_000_000),
    /** More seats in hold than this are too many; null: any number. */
    heldMax: z.int().min(1).max(1_000_000).nullable().default(null),
    /** Payments slower than this are overload. */
    paymentP95MaxMs: z.int().min(100).max(120_000).default(5_000),
    /** More failed payments than this share are overload. */
    paymentErrorShareMax: z.number().min(0.001).max(1).default(0.05),
    /** Added at each decision while there is room; null: a twentieth of the way from floor to ceiling. */
    increasePerSecond: z.number().min(0.001).max(10_000).nullable().default(null),
    /** What is left of the rate after a decision under overload. */
    decreaseFactor: z.number().min(0.1).max(0.95).default(0.7),
  })
  .refine(({ floorPerSecond, ceilingPerSecond }) => floorPerSecond <= ceilingPerSecond, {
    error: 'floorPerSecond is above ceilingPerSecond',
    path: ['floorPerSecond'],
  })

export type AdaptiveConfig = z.infer<typeof adaptiveConfigSchema>
