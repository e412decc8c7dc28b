import { z } from 'zod'

/** One problem of one input field: `path` in dots (`seatIds.2`), a stable `code`, a sentence. */
export const fieldErrorSchema = z.object({ path: z.string(), code: z.string(), message: z.string() })

/**
 * RFC 9457 problem details with the fields every answer of ours adds: `code` is stable and what programs branch on,
 * `traceId` equals the `X-Request-Id` of the answer. Members a code adds (such as `seatIds`) are kept.
 */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  instance: z.string(),
  code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  traceId: z.string(),
  timestamp: z.iso.datetime({ offset: true }),
  errors: z.array(fieldErrorSchema).optional(),
})

export type FieldError = z.infer<typeof fieldErrorSchema>
export type Problem = z.infer<typeof problemSchema>
