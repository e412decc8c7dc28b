import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { channelTypes } from './domain/judge-payment.ts'

const list = (text: string) => text.split(',').map((part) => part.trim())

/** As the SDK decodes it, which would otherwise throw at the first webhook. */
function isBase64(secret: string): boolean {
  try {
    return /^[\w+/=]+$/.test(secret) && atob(secret.replace(/^whsec_/, '')).length > 0
  } catch {
    return false
  }
}

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
  /** TEST only where money is not real: what is paid through a channel of another type is given back. */
  PORTONE_CHANNEL_TYPE: z.enum(channelTypes).default('LIVE'),
  /** How the channel captures: AUTO when the buyer leaves the window, MANUAL (수동 승인) when we confirm with the window's token. */
  PORTONE_CONFIRM_MODE: z.enum(['AUTO', 'MANUAL']),
  /** Base64 with or without whsec_, as PortOne gives them out; two while one is being replaced. */
  PORTONE_WEBHOOK_SECRETS: z
    .string()
    .transform(list)
    .pipe(z.array(z.string().refine(isBase64, { error: 'must be base64, with or without whsec_' }))),
  /** PAY-008: how long a buyer waits for an answer, and a call that moves no money. */
  PORTONE_TIMEOUT_MS: z.coerce.number().int().min(100).max(60_000).default(10_000),
  /** How long a page of a day's list may take. */
  PORTONE_LIST_TIMEOUT_MS: z.coerce.number().int().min(100).max(300_000).default(30_000),
  /** How long capturing or giving back may take: PortOne advises a minute, since who stops waiting stops nothing. */
  PORTONE_MONEY_TIMEOUT_MS: z.coerce.number().int().min(100).max(300_000).default(60_000),
  /** PAY-009: how many calls of ten seconds are enough to judge PortOne by. */
  PORTONE_BREAKER_CALLS_MIN: z.coerce.number().int().min(1).max(10_000).default(10),
  /** PAY-009: how long an open breaker waits. */
  PORTONE_BREAKER_RESET_MS: z.coerce.number().int().min(100).max(600_000).default(60_000),
  /** How long after its creation a payment nobody has confirmed is looked at for the first time. */
  FIRST_CHECK_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
  /** How long a payment is nobody else's to look at once a replica has begun: after a death it waits so long. */
  CHECK_CLAIM_SECONDS: z.coerce.number().int().min(1).max(600).default(90),
  /** How many refunds of cancelled reservations all replicas together start in a second. */
  REFUNDS_PER_SECOND: z.coerce.number().int().min(1).max(1_000).default(20),
})

export type Config = z.output<typeof schema>

/** The settings of this service; throws a ConfigError with every problem at once. */
export const readConfig = (env: NodeJS.ProcessEnv = process.env): Config => parseConfig(schema, env)
