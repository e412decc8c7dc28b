import { postgresConfig } from '@ticket-queue/database'
import { redisConfig } from '@ticket-queue/redis'
import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'

const configSchema = z.object({
  ...basicConfig,
  ...postgresConfig,
  ...redisConfig.shape,
  PORT: port(8082),
  RESERVATION_INTERNAL_URL: z.url(),
  KAFKA_BROKERS: z
    .string()
    .min(1)
    .transform((text) => text.split(',').map((broker) => broker.trim())),
  KAFKA_TOPIC_PREFIX: z.string().default(''),
})

/** The settings of this service; throws one error that names every problem. */
export const readConfig = () => parseConfig(configSchema, process.env)
