import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { ticketSigningKeysSchema } from './domain/ticket-keys.ts'

const ticketSigningKeys = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON Web Key Set' })
      return z.NEVER
    }
  })
  .pipe(ticketSigningKeysSchema)

const schema = z.object({
  ...basicConfig,
  PORT: port(8084),
  DATABASE_URL: z.url(),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(200).default(20),
  REDIS_URL: z.url(),
  REDIS_KEY_PREFIX: z.string().default(''),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((list) => list.split(',').map((broker) => broker.trim())),
  KAFKA_TOPIC_PREFIX: z.string().default(''),
  EVENT_INTERNAL_URL: z.url(),
  QUEUE_INTERNAL_URL: z.url(),
  /** RSV-001, RSV-007: how long a buyer has to pay. */
  HOLD_SECONDS: z.coerce.number().int().min(5).max(3_600).default(300),
  /** How long a hold waits for its database row (data.md, Redis rule 4). */
  TENTATIVE_HOLD_SECONDS: z.coerce.number().int().min(1).max(60).default(15),
  /** How long Redis keeps the seats while a payment is being settled. */
  PAYMENT_HOLD_SECONDS: z.coerce.number().int().min(60).max(3_600).default(900),
  /** Streams of seat states this process holds; more are sent to polling. The limit of open files must be higher. */
  SEAT_STREAMS_MAX: z.coerce.number().int().min(0).max(1_000_000).default(20_000),
  /** How long somebody who waited has to take an offer (decision 0018). */
  OFFER_MINUTES: z.coerce.number().int().min(10).max(1_440).default(360),
  /** How many people may wait for seats of one schedule. */
  WAITING_LIST_MAX: z.coerce.number().int().min(1).max(100_000).default(10_000),
  /** RSV-010: Ed25519 keys of ticket codes as a JWK set; the first signs, all are published and verify. */
  TICKET_SIGNING_KEYS: ticketSigningKeys,
})

export type Config = z.output<typeof schema>

/** The settings of this service, from `environment` (the process's own unless told otherwise); throws a ConfigError with every problem at once. */
export const readConfig = (environment: Readonly<Record<string, string | undefined>> = process.env): Config =>
  parseConfig(schema, environment)
