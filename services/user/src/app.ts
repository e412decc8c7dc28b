import type { Database as Opened } from '@ticket-queue/database'
import type { RedisClient } from '@ticket-queue/redis'
import {
  type App,
  buildHttp,
  type Log,
  type Metrics,
  requireGateway,
  requireServiceKey,
  type ServiceKeys,
} from '@ticket-queue/service-kit'
import { changeProfileRoute } from './change-profile/change-profile.route.ts'
import type { SignAccessToken, SigningKeys } from './domain/access-token.ts'
import type { PersonalData } from './domain/personal-data.ts'
import { errors } from './errors.ts'
import { listTermsRoute } from './list-terms/list-terms.route.ts'
import { logInRoute } from './log-in/log-in.route.ts'
import type { LeaveQueue } from './log-out/leave-queue.ts'
import { logOutRoute } from './log-out/log-out.route.ts'
import type { PasswordHasher } from './passwords/hash-passwords.ts'
import type { VerifyCaptcha } from './providers/captcha.ts'
import type { ReadIdentity } from './providers/identity.ts'
import { publishKeysRoute } from './publish-keys/publish-keys.route.ts'
import { readProfileRoute } from './read-profile/read-profile.route.ts'
import { refreshSessionRoute } from './refresh-session/refresh-session.route.ts'
import { signUpRoute } from './sign-up/sign-up.route.ts'
import type { Database } from './store/database.ts'

/** GW-014: nothing a person sends here is longer. */
const bodyLimitBytes = 10 * 1024

export interface AppDeps {
  readonly log: Log
  readonly metrics: Metrics
  readonly serviceKeys: ServiceKeys
  readonly db: Opened<Database>['db']
  readonly redis: RedisClient
  readonly leaveQueue: LeaveQueue
  readonly personalData: PersonalData
  readonly passwords: PasswordHasher
  readonly verifyCaptcha: VerifyCaptcha
  readonly readIdentity: ReadIdentity
  readonly signAccessToken: SignAccessToken
  readonly signingKeys: SigningKeys
}

/** Gives the public server: what the gateway passes on. */
export const buildApp = (deps: AppDeps): App => {
  const { log, metrics } = deps
  const app = buildHttp({ service: 'user', log, metrics, errors, bodyLimitBytes })
  requireGateway(app, deps.serviceKeys)
  listTermsRoute(app, deps)
  signUpRoute(app, deps)
  logInRoute(app, deps)
  refreshSessionRoute(app, { ...deps, onError: (err) => log.error({ err }, 'access tokens not blacklisted') })
  logOutRoute(app, deps)
  readProfileRoute(app, deps)
  changeProfileRoute(app, deps)
  return app
}

/** Gives the internal server, for services with a key. */
export const buildInternalApp = (deps: AppDeps): App => {
  const app = buildHttp({ service: 'user-internal', log: deps.log, metrics: deps.metrics, errors, bodyLimitBytes })
  requireServiceKey(app, deps.serviceKeys)
  publishKeysRoute(app, deps)
  return app
}
