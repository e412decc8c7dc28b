import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { accessTokenClaimsSchema } from '@ticket-queue/contracts/http/user'
import { createLog, createMetrics } from '@ticket-queue/service-kit'
import { testDatabase, testRedis } from '@ticket-queue/testing'
import type { LightMyRequestResponse } from 'fastify'
import { decodeJwt } from 'jose'
import { v4 as uuid } from 'uuid'
import { afterAll } from 'vitest'
import { buildApp, buildInternalApp } from './app.ts'
import { buildDeps } from './build-deps.ts'
import { readConfig } from './config.ts'
import { createLeaveQueue } from './log-out/leave-queue.ts'
import type { Database } from './store/database.ts'
import { portoneSecret, recaptchaSecret, startProviders } from './test-providers.ts'

const gatewayKey = uuid()
/** What the gateway shows with every request. */
export const gatewayHeaders = { 'x-service-api-key': gatewayKey }

const key = () => randomBytes(32).toString('base64')

/** Settings of a user service over these stores; bcrypt is as cheap as it gets. */
export const testSettings = (stores: { databaseUrl: string; redisUrl: string; providersUrl: string }) => ({
  SERVICE_API_KEY: uuid(),
  SERVICE_API_KEYS: `gateway=${gatewayKey}`,
  DATABASE_URL: stores.databaseUrl,
  REDIS_URL: stores.redisUrl,
  PORTONE_BASE_URL: stores.providersUrl,
  PORTONE_API_SECRET: portoneSecret,
  PORTONE_STORE_ID: 'store-for-tests',
  RECAPTCHA_VERIFY_URL: `${stores.providersUrl}/recaptcha/api/siteverify`,
  RECAPTCHA_SECRET: recaptchaSecret,
  BCRYPT_COST: '4',
  PII_KEYS: `test=${key()}`,
  PII_LOOKUP_KEY: key(),
  JWT_SIGNING_KEYS: JSON.stringify({
    keys: [{ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'test' }],
  }),
})

/**
 * The user service of one test file, without ports: real stores of its own, providers that speak the real protocols,
 * and every line it logs. Settings replace those of `testSettings`.
 */
export const testUserService = async (settings: Record<string, string> = {}) => {
  const { database, url } = await testDatabase<Database>('user')
  const redis = testRedis()
  const providers = await startProviders()
  const stores = { databaseUrl: url, redisUrl: 'redis://unused', providersUrl: providers.url }
  const config = readConfig({ ...testSettings(stores), ...settings })
  const logged: string[] = []
  const log = createLog('user', 'trace', { write: (line) => void logged.push(line) })
  const queue = createLeaveQueue({ baseUrl: config.QUEUE_INTERNAL_URL, apiKey: config.SERVICE_API_KEY }, log)
  const { leaveQueue } = queue
  const deps = await buildDeps(config, { log, metrics: createMetrics('user'), database, redis, leaveQueue })
  const app = buildApp(deps)
  const internalApp = buildInternalApp(deps)
  afterAll(async () => {
    await app.close()
    await internalApp.close()
    await providers.close()
    await queue.close()
  })
  const post = (path: string, body?: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: path, headers, ...(body ? { payload: body } : {}) })
  return {
    app,
    internalApp,
    config,
    deps,
    db: database.db,
    redis,
    providers,
    logged,
    post,
    ...peopleOf(post, providers),
  }
}

type Post = (path: string, body?: object, headers?: Record<string, string>) => Promise<LightMyRequestResponse>

let count = 0

/** Somebody nobody has seen before. */
export const newPerson = () => {
  count += 1
  return { email: `fan-${count}@ticketing.test`, password: `Fan-ticket-${count}`, name: '김팬', phone: '010-1234-5678' }
}

const requiredConsents = [
  { termsId: 'service', version: 1 },
  { termsId: 'privacy', version: 1 },
]

/** A CAPTCHA token of somebody who passes. */
export const passed = () => `pass-${uuid()}`

const peopleOf = (post: Post, providers: Awaited<ReturnType<typeof startProviders>>) => {
  /** A complete sign-up of somebody new, with a verified identity; fields replace its own. */
  const signUpBody = (fields: Record<string, unknown> = {}) => {
    const person = { ...newPerson(), ...fields }
    return {
      recaptchaToken: passed(),
      consents: requiredConsents,
      identityVerificationId: providers.verify({ name: person.name, phoneNumber: '01012345678' }),
      ...person,
    }
  }
  const signUp = async (fields: Record<string, unknown> = {}) => {
    const body = signUpBody(fields)
    const response = await post('/auth/signup', body)
    if (response.statusCode !== 201) throw new Error(`sign-up answered ${response.body}`)
    return { ...body, id: response.json<{ id: string }>().id }
  }
  const logIn = (email: string, password: string, recaptchaToken: string = passed()) =>
    post('/auth/login', { email, password, recaptchaToken })
  /** Somebody new who has just logged in. */
  const loggedIn = async () => {
    const person = await signUp()
    const response = await logIn(person.email, person.password)
    return { ...person, ...response.json<{ accessToken: string; refreshToken: string }>() }
  }
  return { signUpBody, signUp, logIn, loggedIn }
}

/** The headers the gateway sends for the bearer of an access token. */
export const asBearer = (accessToken: string): Record<string, string> => {
  const claims = accessTokenClaimsSchema.parse(decodeJwt(accessToken))
  return {
    ...gatewayHeaders,
    'x-user-id': claims.sub,
    'x-user-role': claims.role,
    'x-token-id': claims.jti,
    'x-token-expires-at': String(claims.exp),
  }
}

/** Status and problem code of an answer: what a client branches on. */
export const outcome = (response: LightMyRequestResponse): string => {
  const body: unknown = response.body === '' ? null : response.json()
  const code = typeof body === 'object' && body !== null && 'code' in body ? ` ${String(body.code)}` : ''
  return `${response.statusCode}${code}`
}
