import { redisConfig } from '@ticket-queue/redis'
import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'

const url = z.url({ protocol: /^https?$/ })
const milliseconds = (fallback: number) => z.coerce.number().int().min(100).max(600_000).default(fallback)
const perMinute = (fallback: number) => z.coerce.number().int().min(0).default(fallback)

const schema = z.object({
  ...basicConfig,
  ...redisConfig.shape,
  PORT: port(8080),
  USER_URL: url,
  EVENT_URL: url,
  QUEUE_URL: url,
  RESERVATION_URL: url,
  PAYMENT_URL: url,
  USER_INTERNAL_URL: url,
  QUEUE_INTERNAL_URL: url,
  RESERVATION_INTERNAL_URL: url,
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((origin) => origin.trim() || []))
    .pipe(
      z.array(
        z
          .url()
          .refine(
            (origin) => URL.canParse(origin) && new URL(origin).origin === origin,
            'must be scheme, host and port only',
          ),
      ),
    ),
  /** How many proxies in front of the gateway append to X-Forwarded-For; 0 believes nobody. */
  TRUSTED_HOPS: z.coerce.number().int().min(0).max(10).default(0),
  TIMEOUT_MS: milliseconds(30_000),
  PAYMENT_TIMEOUT_MS: milliseconds(60_000),
  QUEUE_TIMEOUT_MS: milliseconds(10_000),
  RATE_LIMIT_USER_PER_MINUTE: perMinute(1200),
  RATE_LIMIT_IP_PER_MINUTE: perMinute(6000),
  RATE_LIMIT_WEBHOOK_PER_MINUTE: perMinute(60_000),
})

export type Config = z.output<typeof schema>

/** Gives the gateway's settings; throws a ConfigError that names every problem. */
export const readConfig = (): Config => parseConfig(schema, process.env)
