import { z } from 'zod'

/** The piece of a service's config that its Redis client needs; `REDIS_KEY_PREFIX` keeps two copies on one server apart. */
export const redisConfig = z.object({
  REDIS_URL: z.url({ protocol: /^rediss?$/ }),
  REDIS_KEY_PREFIX: z.string().default(''),
})

export type RedisConfig = z.infer<typeof redisConfig>
