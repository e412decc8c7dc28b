import type { Database as Opened } from '@ticket-queue/database'
import type { AppDeps } from './app.ts'
import { type Config, personalDataOf } from './config.ts'
import { createAccessTokenSigner } from './domain/access-token.ts'
import { createPersonalData } from './domain/personal-data.ts'
import { createPasswordHasher } from './passwords/hash-passwords.ts'
import { createCaptchaVerifier } from './providers/captcha.ts'
import { createIdentityReader } from './providers/identity.ts'
import type { Database } from './store/database.ts'

/** Gives what the routes need, from settings and open stores. */
export const buildDeps = async (
  config: Config,
  { database, ...open }: Pick<AppDeps, 'log' | 'metrics' | 'redis' | 'leaveQueue'> & { database: Opened<Database> },
): Promise<AppDeps> => ({
  ...open,
  db: database.db,
  serviceKeys: config.SERVICE_API_KEYS,
  personalData: createPersonalData(personalDataOf(config)),
  passwords: await createPasswordHasher({
    cost: config.BCRYPT_COST,
    concurrency: config.BCRYPT_CONCURRENCY,
    waitingMax: config.BCRYPT_WAITING_MAX,
  }),
  verifyCaptcha: createCaptchaVerifier(
    {
      verifyUrl: config.RECAPTCHA_VERIFY_URL,
      secret: config.RECAPTCHA_SECRET,
      timeoutMs: config.CAPTCHA_TIMEOUT_MS,
      scoreMin: config.RECAPTCHA_SCORE_MIN,
      hostnames: config.RECAPTCHA_HOSTNAMES,
    },
    (err) => open.log.error({ err }, 'CAPTCHA not checked'),
  ),
  readIdentity: createIdentityReader(
    {
      baseUrl: config.PORTONE_BASE_URL,
      apiSecret: config.PORTONE_API_SECRET,
      storeId: config.PORTONE_STORE_ID,
      timeoutMs: config.IDENTITY_TIMEOUT_MS,
    },
    (err) => open.log.error({ err }, 'identity verification not read'),
  ),
  signingKeys: config.JWT_SIGNING_KEYS,
  signAccessToken: await createAccessTokenSigner(config.JWT_SIGNING_KEYS),
})
