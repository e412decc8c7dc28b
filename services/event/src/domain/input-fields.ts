import { z } from 'zod'

/** Text that a person typed: trimmed, without control characters, 1 to `max` characters. */
export const textField = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'Control characters are not allowed')

/** Text that may be long, empty and of several lines. */
export const longTextField = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\0]*$/, 'NUL is not allowed')

export const pageQuery = {
  page: z.coerce.number().int().min(0).max(10_000).default(0),
  size: z.coerce.number().int().min(1).max(100).default(20),
}

/** The version that a change is meant for: another one is refused. Without it, whichever version there is changes. */
export const versionField = z.int().min(1).optional()
