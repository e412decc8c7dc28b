import { z } from 'zod'

/** The piece of a service's configuration that this package needs: spread it into the service's zod object. */
export const postgresConfig = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  DATABASE_POOL_MAX: z.coerce.number().int().min(1).max(100).default(10),
}
