import { parseConfig, port, serverConfig } from '@ticket-queue/service-kit'
import { z } from 'zod'

const word = (fallback: string) => z.string().min(1).default(fallback)
const count = (fallback: number, max: number) => z.coerce.number().int().min(1).max(max).default(fallback)
const webUrl = z.url({ protocol: /^https?$/ })

const schema = z.object({
  ...serverConfig,
  PORT: port(8090),
  SMTP_PORT: port(8091),
  PORTONE_API_SECRET: word('sandbox-api-secret'),
  PORTONE_STORE_ID: word('store-sandbox'),
  PORTONE_CHANNEL_KEY: word('channel-sandbox'),
  /** Base64 with or without whsec_, as PortOne gives it out. */
  PORTONE_WEBHOOK_SECRET: z
    .string()
    .regex(/^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/)
    .default('whsec_c2FuZGJveC13ZWJob29rLXNlY3JldC1rZXk='),
  CONFIRM_MODE: z.enum(['AUTO', 'MANUAL']).default('AUTO'),
  CONFIRM_WINDOW_SECONDS: count(600, 86_400),
  WEBHOOK_URL: webUrl.optional(),
  WEBHOOK_RETRY_FACTOR: z.coerce.number().min(0).max(10).default(1),
  WEBHOOK_TIMEOUT_MS: count(30_000, 120_000),
  WEBHOOK_SENDS_AT_ONCE: count(32, 1000),
  RECAPTCHA_SECRET: word('sandbox-recaptcha-secret'),
  RECAPTCHA_HOSTNAME: word('localhost'),
  KAKAO_CLIENT_ID: word('sandbox-kakao'),
  KAKAO_CLIENT_SECRET: word('sandbox-kakao-secret'),
  NAVER_CLIENT_ID: word('sandbox-naver'),
  NAVER_CLIENT_SECRET: word('sandbox-naver-secret'),
  GOOGLE_CLIENT_ID: word('sandbox-google'),
  GOOGLE_CLIENT_SECRET: word('sandbox-google-secret'),
  /** Comma list; empty: any address. */
  OAUTH_REDIRECT_URIS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((uri) => uri !== ''))
    .pipe(z.array(webUrl)),
  LEDGER_FILE: z.string().min(1).optional(),
  MAX_ENTRIES: count(1_000_000, 100_000_000),
  MAX_MAILS: count(20_000, 1_000_000),
})

export type Config = z.infer<typeof schema>

/** The settings of the sandbox from the environment; throws with every problem at once. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return parseConfig(schema, env)
}
