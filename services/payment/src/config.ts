import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'

const list = (text: string) => text.split(',').map((part) => part.trim())

const schema = z.object({
  ...basicConfig,
  PORT: port(8085),
  DATABASE_URL: z.url(),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(200).default(20),
  REDIS_URL: z.url(),
  REDIS_KEY_PREFIX: z.string().default(''),
  KAFKA_BROKERS: z.string().min(1).transform(list),
  KAFKA_TOPIC_PREFIX: z.string().default(''),
  RESERVATION_INTERNAL_URL: z.url(),
  QUEUE_INTERNAL_URL: z.url(),
  PORTONE_BASE_URL: z.url().default('https://api.portone.io'),
  PORTONE_API_SECRET: z.string().min(1),
  PORTONE_STORE_ID: z.string().min(1),
  PORTONE_CHANNEL_KEY: z.string().min(1),
  /** Base64 with or without whsec_, as PortOne gives them out; two while one is being replaced. */
  PORTONE_WEBHOOK_SECRETS: z
    .string()
    .transform(list)
    .pipe(z.array(z.string().regex(/^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/))),
  /** PAY-008. */
  PORTONE_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
  /** PAY-009: how many calls of ten seconds are enough to judge PortOne by. */
  PORTONE_BREAKER_CALLS_MIN: z.coerce.number().int().min(1).max(10_000).default(10),
  /** PAY-009: how long an open breaker waits. */
  PORTONE_BREAKER_RESET_MS: z.coerce.number().int().min(100).max(600_000).default(60_000),
  /** How long after its creation a payment nobody has confirmed is looked at for the first time. */
  FIRST_CHECK_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
  /** How many refunds of cancelled reservations all replicas together start in a second. */
  REFUNDS_PER_SECOND: z.coerce.number().int().min(1).max(1_000).default(20),
})

export type Config = z.output<typeof schema>

/** The settings of this service; throws a ConfigError with every problem at once. */
export const readConfig = (env: NodeJS.ProcessEnv = process.env): Config => parseConfig(schema, env)
