import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

const callers = ['gateway', 'user', 'event', 'queue', 'reservation', 'payment'] as const

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kid: z.string() })).min(1) })

const secretsSchema = z.object({
  serviceApiKeys: z.record(z.enum(callers), z.uuid()),
  jwtSigningKeys: keySetSchema,
  ticketSigningKeys: keySetSchema.default(() => makeKeySet(ticketKeyId())),
  piiKey: z.string(),
  piiLookupKey: z.string(),
  queueTicketKey: z.string().default(() => randomBytes(32).toString('base64')),
  portoneApiSecret: z.string(),
  portoneWebhookSecret: z.string(),
  recaptchaSecret: z.string(),
  adminPassword: z.string(),
  buyerPassword: z.string(),
})

/** Secrets of one local system, made at its first start and kept beside its data. Never used outside a laptop or a test. */
export type Secrets = z.infer<typeof secretsSchema>

/** New random secrets; the two demo passwords come from the environment when it has them. */
export function makeSecrets(environment: Record<string, string | undefined> = {}): Secrets {
  return {
    serviceApiKeys: Object.fromEntries(callers.map((caller) => [caller, randomUUID()])) as Secrets['serviceApiKeys'],
    jwtSigningKeys: makeKeySet(randomBytes(6).toString('hex')),
    ticketSigningKeys: makeKeySet(ticketKeyId()),
    piiKey: randomBytes(32).toString('base64'),
    piiLookupKey: randomBytes(32).toString('base64'),
    queueTicketKey: randomBytes(32).toString('base64'),
    portoneApiSecret: randomBytes(24).toString('hex'),
    portoneWebhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
    recaptchaSecret: randomBytes(16).toString('hex'),
    adminPassword: environment['DEMO_ADMIN_PASSWORD'] ?? 'Admin-ticket-1',
    buyerPassword: environment['DEMO_BUYER_PASSWORD'] ?? 'Fan-ticket-1',
  }
}

/** One new Ed25519 key as a JWK set with its private half. */
function makeKeySet(kid: string): z.infer<typeof keySetSchema> {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  return { keys: [{ ...jwk, kid, alg: 'EdDSA', use: 'sig' }] }
}

/** In upper case: it is written into QR codes. */
const ticketKeyId = () => randomBytes(4).toString('hex').toUpperCase()

/** The secrets kept in `file` (mode 0600); those that are missing are made and kept from then on. */
export function keptSecrets(file: string, environment: Record<string, string | undefined>): Secrets {
  const found = existsSync(file) ? secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
  const secrets = found ?? makeSecrets(environment)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, JSON.stringify(secrets, null, 2), { mode: 0o600 })
  return secrets
}
