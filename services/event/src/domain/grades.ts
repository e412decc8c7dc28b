import { gradeSchema } from '@ticket-queue/contracts/http/event'
import type { z } from 'zod'

/** Seat grades, best first (EVT-009). */
export type Grade = z.infer<typeof gradeSchema>
export const grades: readonly Grade[] = gradeSchema.options
