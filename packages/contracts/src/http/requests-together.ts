import { z } from 'zod'

/** `POST /internal/requests`: requests that came to the gateway together, as each would have come alone. */
export const togetherRequestSchema = z.object({
  method: z.enum(['GET', 'POST']),
  url: z.string().startsWith('/').max(4_096),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
})
/** The most requests in one call. */
export const togetherMax = 16
export const togetherSchema = z.object({ requests: z.array(togetherRequestSchema).min(1).max(togetherMax) })
/** One line of the answer, in the order in which they are done: which request, and what it was answered with; null for one that was not taken. */
export const togetherAnswerSchema = z.tuple([
  z.int().nonnegative(),
  z
    .object({
      status: z.int(),
      headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
      body: z.string(),
    })
    .nullable(),
])

export type TogetherRequest = z.infer<typeof togetherRequestSchema>
export type TogetherAnswer = NonNullable<z.infer<typeof togetherAnswerSchema>[1]>
