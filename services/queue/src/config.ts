import { postgresConfig } from '@ticket-queue/database'
import { redisConfig } from '@ticket-queue/redis'
import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'

const ticketKey = z.string().regex(/^[\w-]+=[A-Za-z0-9+/]{43}=$/, 'is not a list of kid=<32 bytes in base64>')

/** `kid=base64,kid2=base64`: the first signs, all verify. */
export const ticketKeysSchema = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(ticketKey).min(1))
  .transform((entries) =>
    entries.map((entry) => {
      const [id = '', ...base64] = entry.split('=')
      return { id, secret: Buffer.from(base64.join('='), 'base64') }
    }),
  )

const schema = z.object({
  ...basicConfig,
  PORT: port(8083),
  /** For draws alone. */
  ...postgresConfig,
  ...redisConfig.shape,
  EVENT_INTERNAL_URL: z.url(),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((text) => text.split(',').map((broker) => broker.trim())),
  KAFKA_TOPIC_PREFIX: z.string().default(''),
  /** Where the payment service tells its load; left out, admission does not adapt to payments. */
  PAYMENT_INTERNAL_URL: z.url().optional(),
  /** Between two decisions on rates that adapt. */
  ADAPT_EVERY_MS: z.coerce.number().int().min(500).max(60_000).default(5_000),
  /** Between two looks at the seats of a schedule with people. */
  SEATS_EVERY_MS: z.coerce.number().int().min(500).max(60_000).default(3_000),
  /** How often each replica admits: several times per interval, so that a late tick costs no admission. */
  ADMISSION_TICK_MS: z.coerce.number().int().min(20).max(1_000).default(250),
  /** QUEUE-008, per user. */
  STATUS_POLLS_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(15),
  /** Per account; entering again only ever gives the same place. */
  ENTERS_PER_MINUTE: z.coerce.number().int().min(1).max(10_000).default(30),
  /** What places are signed with, so that they outlive Redis. Keep a former key for as long as a queue may last. */
  QUEUE_TICKET_KEYS: ticketKeysSchema,
  /** How long after a loss of Redis tickets put people back. */
  TICKET_RESTORE_SECONDS: z.coerce.number().int().min(30).max(86_400).default(900),
  /** How long after a loss nobody is admitted, so that most have come back before. */
  LOSS_GRACE_MS: z.coerce.number().int().min(0).max(8_000).default(6_000),
  /** How long a roster that is due stays open after a loss of Redis: longer than the longest time between two polls. */
  DRAW_SETTLE_MS: z.coerce.number().int().min(0).max(120_000).default(25_000),
  /** Event streams this process holds; more are sent to polling. The limit of open files must be higher. */
  STREAMS_MAX: z.coerce.number().int().min(0).max(1_000_000).default(25_000),
})

export type Config = z.output<typeof schema>

/** The settings of this service; throws a ConfigError with every problem at once. */
export const readConfig = (): Config => parseConfig(schema, process.env)
