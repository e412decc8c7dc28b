import { defineScript, replies } from '@ticket-queue/redis'
import { z } from 'zod'

/** For tests: lets `ms` go by for the given keys of one queue. */
export const ageKeys = defineScript({
  file: new URL('./test-age-queue.lua', import.meta.url),
  keys: ['keys...'],
  args: z.object({ ms: z.int().nonnegative() }),
  reply: replies({ aged: {} }),
})
