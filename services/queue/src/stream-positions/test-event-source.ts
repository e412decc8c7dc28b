import { openEventSource as openSource, type TestEventSource as Source } from '@ticket-queue/testing'
import { z } from 'zod'
import { gatewayKey } from '../test-event-service.ts'

const dataSchema = z.looseObject({
  status: z.string(),
  scheduleId: z.string(),
  rank: z.number().nullish(),
  aheadOfYou: z.number().nullish(),
  draw: z.looseObject({ phase: z.string(), index: z.number().nullable(), position: z.number().nullable() }).nullish(),
  estimatedWaitTime: z.number().nullish(),
  ticket: z.string().nullish(),
  token: z.string().nullish(),
  tokenExpiresAt: z.string().nullish(),
  reason: z.string().optional(),
})

/** For tests: a stream of positions as an EventSource would see it. */
export type TestEventSource = Source<z.output<typeof dataSchema>>

/** Opens `path` as a logged-in user through the gateway's key. */
export const openEventSource = (
  address: string,
  path: string,
  userId: string,
  headers: Record<string, string> = {},
): Promise<TestEventSource> =>
  openSource(
    `${address}${path}`,
    { 'x-service-api-key': gatewayKey, 'x-user-id': userId, 'x-user-role': 'USER', ...headers },
    (data) => dataSchema.parse(data),
  )
