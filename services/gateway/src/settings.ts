import type { GatewayDeps } from './app.ts'
import type { Config } from './config.ts'

const minimumRequests = 20

/** Gives what buildApp needs to know from the settings. */
export function settingsOf(
  config: Config,
): Omit<GatewayDeps, 'log' | 'metrics' | 'keys' | 'redis' | 'limitsRedis' | 'queue' | 'together'> {
  const usual = { resetMs: 30_000, minimumRequests }
  return {
    upstreams: {
      user: config.USER_URL,
      event: config.EVENT_URL,
      queue: config.QUEUE_URL,
      reservation: config.RESERVATION_URL,
      payment: config.PAYMENT_URL,
    },
    apiKey: config.SERVICE_API_KEY,
    timeoutsMs: { usual: config.TIMEOUT_MS, payment: config.PAYMENT_TIMEOUT_MS, queue: config.QUEUE_TIMEOUT_MS },
    breakers: {
      user: usual,
      event: usual,
      queue: usual,
      reservation: usual,
      payment: { resetMs: 60_000, minimumRequests },
    },
    limits: {
      userPerMinute: config.RATE_LIMIT_USER_PER_MINUTE,
      ipPerMinute: config.RATE_LIMIT_IP_PER_MINUTE,
      webhookPerMinute: config.RATE_LIMIT_WEBHOOK_PER_MINUTE,
    },
    corsOrigins: config.CORS_ORIGINS,
    trustedHops: config.TRUSTED_HOPS,
  }
}
