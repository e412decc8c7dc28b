import { z } from 'zod'

/** 32 bytes as 64 lower-case hex digits. */
export const hex32Schema = z.string().regex(/^[0-9a-f]{64}$/)

/** UTC with milliseconds, such as `2026-09-01T11:00:00.000Z`: one spelling a time, so that it may be hashed. */
export const timeSchema = z.iso.datetime({ precision: 3 })

export const scheduleIdSchema = z.uuid().regex(/^[^A-Z]+$/)

/** A public value named in advance that nobody can know or steer before the roster has closed, such as a drand round. */
export const beaconSchema = z.strictObject({
  /** Who gives it out, such as `drand:<chain hash>`. */
  source: z
    .string()
    .regex(/^[a-z0-9][a-z0-9:.-]{0,127}$/)
    .refine((source) => source !== 'none'),
  /** Which of its values, such as the number of the round. */
  reference: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:.-]{0,127}$/),
})

/** The beacon's value: 16 to 64 bytes in lower-case hex. */
export const beaconValueSchema = z.string().regex(/^([0-9a-f]{2}){16,64}$/)

/** What is fixed and known to all before the pre-queue opens. */
export const drawTermsSchema = z.strictObject({
  scheduleId: scheduleIdSchema,
  committedAt: timeSchema,
  /** When the pre-queue opens. */
  opensAt: timeSchema,
  /** T-0: the roster closes then, not before. */
  closesAt: timeSchema,
  beacon: beaconSchema.nullable(),
})

export type Beacon = z.infer<typeof beaconSchema>
export type DrawTerms = z.infer<typeof drawTermsSchema>
