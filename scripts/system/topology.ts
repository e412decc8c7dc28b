import type { Secrets } from './secrets.ts'

/** The processes of one system in the order in which they are listed to people. */
export const processNames = ['sandbox', 'user', 'event', 'queue', 'reservation', 'payment', 'gateway'] as const
export type ProcessName = (typeof processNames)[number]
export type Ports = Record<ProcessName, number> & { readonly smtp: number }

/** The ports of api.md; metrics and health are on each port + 1000, internal APIs on + 2000. */
export const defaultPorts: Ports = {
  gateway: 8080,
  user: 8081,
  event: 8082,
  queue: 8083,
  reservation: 8084,
  payment: 8085,
  sandbox: 8090,
  smtp: 8091,
}

export interface SystemPlan {
  readonly databaseUrls: Readonly<Record<'user' | 'event' | 'queue' | 'reservation' | 'payment', string>>
  readonly redisUrl: string
  readonly redisKeyPrefix: string
  readonly kafkaBrokers: readonly string[]
  readonly topicPrefix: string
  readonly ports: Ports
  readonly secrets: Secrets
  readonly bcryptCost: number
  readonly ledgerFile: string
  readonly settings: Readonly<Record<string, string>>
}

export const storeId = 'store-ticket-queue'
export const channelKey = 'channel-ticket-queue'
const host = '127.0.0.1'
const at = (port: number) => `http://${host}:${port}`
const internal = (port: number) => at(port + 2000)

/** The whole topology in one place: the environment each process is started with. */
export function environmentOf(name: ProcessName, plan: SystemPlan): Record<string, string> {
  return { ...sharedEnvironment(name, plan), ...ownEnvironment[name](plan), ...plan.settings }
}

function sharedEnvironment(name: ProcessName, plan: SystemPlan): Record<string, string> {
  const keys = plan.secrets.serviceApiKeys
  const accepted = Object.entries(keys).map(([caller, key]) => `${caller}=${key}`)
  return {
    HOST: host,
    PORT: String(plan.ports[name]),
    SIDE_PORT: String(plan.ports[name] + 1000),
    INTERNAL_PORT: String(plan.ports[name] + 2000),
    LOG_LEVEL: 'info',
    REDIS_URL: plan.redisUrl,
    REDIS_KEY_PREFIX: plan.redisKeyPrefix,
    KAFKA_BROKERS: plan.kafkaBrokers.join(','),
    KAFKA_TOPIC_PREFIX: plan.topicPrefix,
    SERVICE_API_KEYS: accepted.join(';'),
    ...(name === 'sandbox' ? {} : { SERVICE_API_KEY: keys[name] }),
  }
}

const portone = (plan: SystemPlan) => ({
  PORTONE_BASE_URL: at(plan.ports.sandbox),
  PORTONE_API_SECRET: plan.secrets.portoneApiSecret,
  PORTONE_STORE_ID: storeId,
  PORTONE_CHANNEL_KEY: channelKey,
})

const ownEnvironment: Record<ProcessName, (plan: SystemPlan) => Record<string, string>> = {
  sandbox: (plan) => ({
    ...portone(plan),
    SMTP_PORT: String(plan.ports.smtp),
    PORTONE_WEBHOOK_SECRET: plan.secrets.portoneWebhookSecret,
    RECAPTCHA_SECRET: plan.secrets.recaptchaSecret,
    WEBHOOK_URL: `${at(plan.ports.gateway)}/payments/webhook`,
    LEDGER_FILE: plan.ledgerFile,
  }),
  user: (plan) => ({
    ...portone(plan),
    DATABASE_URL: plan.databaseUrls.user,
    QUEUE_INTERNAL_URL: internal(plan.ports.queue),
    RECAPTCHA_VERIFY_URL: `${at(plan.ports.sandbox)}/recaptcha/api/siteverify`,
    RECAPTCHA_SECRET: plan.secrets.recaptchaSecret,
    BCRYPT_COST: String(plan.bcryptCost),
    // At a low cost a long line is short in time; at 12 the service's own limit of 40 is about ten seconds.
    ...(plan.bcryptCost < 10 ? { BCRYPT_WAITING_MAX: '1000' } : {}),
    PII_ENCRYPTION: 'on',
    PII_KEYS: `local-1=${plan.secrets.piiKey}`,
    PII_LOOKUP_KEY: plan.secrets.piiLookupKey,
    JWT_SIGNING_KEYS: JSON.stringify(plan.secrets.jwtSigningKeys),
  }),
  event: (plan) => ({
    DATABASE_URL: plan.databaseUrls.event,
    RESERVATION_INTERNAL_URL: internal(plan.ports.reservation),
  }),
  queue: (plan) => ({
    DATABASE_URL: plan.databaseUrls.queue,
    EVENT_INTERNAL_URL: internal(plan.ports.event),
    PAYMENT_INTERNAL_URL: internal(plan.ports.payment),
    QUEUE_TICKET_KEYS: `local-1=${plan.secrets.queueTicketKey}`,
  }),
  reservation: (plan) => ({
    DATABASE_URL: plan.databaseUrls.reservation,
    EVENT_INTERNAL_URL: internal(plan.ports.event),
    QUEUE_INTERNAL_URL: internal(plan.ports.queue),
    TICKET_SIGNING_KEYS: JSON.stringify(plan.secrets.ticketSigningKeys),
  }),
  payment: (plan) => ({
    ...portone(plan),
    DATABASE_URL: plan.databaseUrls.payment,
    // The sandbox pays through a test channel, and no real money is wanted here.
    PORTONE_CHANNEL_TYPE: 'TEST',
    // Windows that capture by themselves are confirmed without a token, so that a test can have both.
    PORTONE_CONFIRM_MODE: 'MANUAL',
    PORTONE_WEBHOOK_SECRETS: plan.secrets.portoneWebhookSecret,
    RESERVATION_INTERNAL_URL: internal(plan.ports.reservation),
    QUEUE_INTERNAL_URL: internal(plan.ports.queue),
  }),
  gateway: (plan) => ({
    USER_URL: at(plan.ports.user),
    EVENT_URL: at(plan.ports.event),
    QUEUE_URL: at(plan.ports.queue),
    RESERVATION_URL: at(plan.ports.reservation),
    PAYMENT_URL: at(plan.ports.payment),
    USER_INTERNAL_URL: internal(plan.ports.user),
    QUEUE_INTERNAL_URL: internal(plan.ports.queue),
    RESERVATION_INTERNAL_URL: internal(plan.ports.reservation),
    CORS_ORIGINS: 'http://localhost:3000',
    // Here everybody comes from one address: a crowd would be one very busy person.
    RATE_LIMIT_IP_PER_MINUTE: '0',
  }),
}
