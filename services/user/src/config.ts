import { postgresConfig } from '@ticket-queue/database'
import { redisConfig } from '@ticket-queue/redis'
import { basicConfig, parseConfig, port } from '@ticket-queue/service-kit'
import { z } from 'zod'
import { signingKeysSchema } from './domain/access-token.ts'
import { emailSchema, nameSchema, newPasswordSchema, phoneSchema } from './domain/input.ts'
import type { PersonalDataConfig, PersonalDataKey } from './domain/personal-data.ts'

const secretBytes = 32

const timeoutMs = z.coerce.number().int().min(10).max(60_000)

const secret = z
  .string()
  .transform((text) => Buffer.from(text, 'base64'))
  .refine((bytes) => bytes.length === secretBytes, `must be ${secretBytes} bytes in base64`)

const personalDataKeys = z.string().transform((text, context): PersonalDataKey[] =>
  text.split(';').flatMap((part) => {
    const [, id, encoded] = /^\s*([A-Za-z0-9_-]+)=(\S+)\s*$/.exec(part) ?? []
    const bytes = secret.safeParse(encoded)
    if (id !== undefined && bytes.success) return [{ id, secret: bytes.data }]
    context.addIssue({ code: 'custom', message: `must read kid=base64;kid2=base64, each key ${secretBytes} bytes` })
    return []
  }),
)

const signingKeys = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a JSON Web Key Set' })
      return z.NEVER
    }
  })
  .pipe(signingKeysSchema)

const passwordConfig = {
  BCRYPT_COST: z.coerce.number().int().min(4).max(16).default(12),
  BCRYPT_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(2),
  BCRYPT_WAITING_MAX: z.coerce.number().int().min(0).max(10_000).default(40),
}

const personalDataConfig = {
  PII_ENCRYPTION: z.enum(['on', 'off']).default('on'),
  PII_KEYS: personalDataKeys.optional(),
  PII_LOOKUP_KEY: secret.optional(),
}

const serviceSchema = z
  .object({
    ...basicConfig,
    ...postgresConfig,
    ...redisConfig.shape,
    ...passwordConfig,
    ...personalDataConfig,
    PORT: port(8081),
    PORTONE_BASE_URL: z.url().default('https://api.portone.io'),
    PORTONE_API_SECRET: z.string().min(1),
    PORTONE_STORE_ID: z.string().min(1),
    RECAPTCHA_VERIFY_URL: z.url().default('https://www.google.com/recaptcha/api/siteverify'),
    IDENTITY_TIMEOUT_MS: timeoutMs.default(10_000),
    RECAPTCHA_SECRET: z.string().min(1),
    CAPTCHA_TIMEOUT_MS: timeoutMs.default(3_000),
    RECAPTCHA_SCORE_MIN: z.coerce.number().min(0).max(1).default(0.5),
    RECAPTCHA_HOSTNAMES: z
      .string()
      .default('')
      .transform((list) => list.split(',').flatMap((name) => name.trim() || [])),
    JWT_SIGNING_KEYS: signingKeys,
    /** Whom to tell that somebody has logged out everywhere; nobody, if it is not set. */
    QUEUE_INTERNAL_URL: z.url().optional(),
  })
  .superRefine(requirePersonalDataKeys)

const createAdminSchema = z
  .object({
    ...postgresConfig,
    ...passwordConfig,
    ...personalDataConfig,
    ADMIN_EMAIL: emailSchema,
    ADMIN_PASSWORD: newPasswordSchema,
    ADMIN_ROLE: z.enum(['USER', 'ADMIN']).default('ADMIN'),
    ADMIN_NAME: nameSchema.default('관리자'),
    ADMIN_PHONE: phoneSchema.default('01000000000'),
  })
  .superRefine(requirePersonalDataKeys)

export type Config = z.infer<typeof serviceSchema>
type Environment = Readonly<Record<string, string | undefined>>

/** Gives the settings of the service. Throws a ConfigError that names all problems. */
export const readConfig = (environment: Environment = process.env): Config => parseConfig(serviceSchema, environment)

/** Gives the settings of the create-admin command. Throws a ConfigError that names all problems. */
export const readCreateAdminConfig = (environment: Environment = process.env): z.infer<typeof createAdminSchema> =>
  parseConfig(createAdminSchema, environment)

type PersonalDataSettings = z.infer<z.ZodObject<typeof personalDataConfig>>

/** Gives the settings of `createPersonalData`. */
export const personalDataOf = (settings: PersonalDataSettings): PersonalDataConfig => {
  const [first, ...rest] = settings.PII_KEYS ?? []
  if (settings.PII_ENCRYPTION === 'off' || !first || !settings.PII_LOOKUP_KEY) return { encryption: 'off' }
  return { encryption: 'on', keys: [first, ...rest], lookupKey: settings.PII_LOOKUP_KEY }
}

function requirePersonalDataKeys(settings: PersonalDataSettings, context: z.RefinementCtx): void {
  if (settings.PII_ENCRYPTION === 'off') return
  for (const name of ['PII_KEYS', 'PII_LOOKUP_KEY'] as const) {
    if (settings[name] === undefined) {
      context.addIssue({ code: 'custom', path: [name], message: 'needed unless PII_ENCRYPTION is off' })
    }
  }
}
