import { redisConfig } from '@ticket-queue/redis'
import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'

const schema = z.object({
  ...basicConfig,
  PORT: port(8083),
  ...redisConfig.shape,
  EVENT_INTERNAL_URL: z.url(),
  /** How often each replica admits: several times per interval, so that a late tick costs no admission. */
  ADMISSION_TICK_MS: z.coerce.number().int().min(20).max(1_000).default(250),
  /** QUEUE-008, per user. */
  STATUS_POLLS_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(15),
})

export type Config = z.output<typeof schema>

/** The settings of this service; throws a ConfigError with every problem at once. */
export const readConfig = (): Config => parseConfig(schema, process.env)
