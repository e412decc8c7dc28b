import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { jsonWebKeySetSchema } from '@ticket-queue/contracts/http/user'
import { isBlacklisted } from '@ticket-queue/lua/token'
import { testDatabase, testRedis, waitUntil } from '@ticket-queue/testing'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { Database } from './store/database.ts'
import { portoneSecret, recaptchaSecret } from './test-providers.ts'
import { asBearer, gatewayHeaders, newPerson, passed, testSettings } from './test-user-service.ts'

const { url: databaseUrl } = await testDatabase<Database>('user')
const redis = testRedis()
const started: ChildProcess[] = []
const printed: string[] = []
const ports = { user: 0, userSide: 0, userInternal: 0, sandbox: 0, sandboxSide: 0, smtp: 0 }
const at = (port: number) => `http://127.0.0.1:${port}`

beforeAll(async () => {
  for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort()
  start('../../sandbox/src/main.ts', {
    PORT: String(ports.sandbox),
    SIDE_PORT: String(ports.sandboxSide),
    SMTP_PORT: String(ports.smtp),
    PORTONE_API_SECRET: portoneSecret,
    PORTONE_STORE_ID: 'store-for-tests',
    RECAPTCHA_SECRET: recaptchaSecret,
  })
  const { redisUrl } = inject('stack')
  start('main.ts', {
    ...testSettings({ databaseUrl, redisUrl, providersUrl: at(ports.sandbox) }),
    PORT: String(ports.user),
    SIDE_PORT: String(ports.userSide),
    INTERNAL_PORT: String(ports.userInternal),
    REDIS_KEY_PREFIX: redis.keyPrefix,
  })
  for (const port of [ports.sandboxSide, ports.userSide]) {
    await waitUntil(async () => (await fetch(`${at(port)}/readyz`)).status === 200, { timeoutMs: 20_000 })
  }
})

afterAll(async () => {
  await Promise.all(started.map(end))
})

test('as a process, with the sandbox as the outside world: sign up, log in, read, refresh, log out, stop', async () => {
  const person = newPerson()
  const verified = await call(ports.sandbox, 'POST', '/sandbox/identity-verifications', {
    name: person.name,
    phone: person.phone,
    birthDate: '2001-02-03',
  })
  const terms = await call(ports.user, 'GET', '/auth/terms')
  const consents = terms.body.map(({ termsId, version }: Record<string, unknown>) => ({ termsId, version }))
  const { identityVerificationId } = verified.body
  const body = { ...person, identityVerificationId, consents, recaptchaToken: passed() }
  expect(await call(ports.user, 'POST', '/auth/signup', body)).toMatchObject({ status: 201 })

  const recaptchaToken = passed()
  const logIn = await call(ports.user, 'POST', '/auth/login', { ...person, recaptchaToken })
  expect(logIn).toMatchObject({ status: 200, body: { expiresIn: 3600 } })
  expect(await call(ports.user, 'POST', '/auth/login', { ...person, recaptchaToken })).toMatchObject({ status: 422 })

  const keys = await call(ports.userInternal, 'GET', '/internal/keys', undefined, gatewayHeaders)
  await jwtVerify(logIn.body.accessToken, createLocalJWKSet(jsonWebKeySetSchema.parse(keys.body)))
  const bearer = asBearer(logIn.body.accessToken)
  expect((await call(ports.user, 'GET', '/users/me', undefined, bearer)).body).toMatchObject({ email: person.email })

  const { refreshToken } = logIn.body
  const refreshed = await call(ports.user, 'POST', '/auth/refresh', { refreshToken })
  expect(refreshed.status).toBe(200)
  const renewed = asBearer(refreshed.body.accessToken)
  expect(await call(ports.user, 'POST', '/auth/logout', undefined, renewed)).toMatchObject({ status: 204 })
  expect(await isBlacklisted(redis, String(decodeJwt(refreshed.body.accessToken).jti))).toBe(true)

  const log = printed.join('')
  for (const secret of [person.email, person.password, refreshToken, logIn.body.accessToken, recaptchaToken]) {
    expect(log).not.toContain(secret)
  }
  const user = started[1]
  expect(user && (await end(user))).toBe(0)
})

const start = (path: string, environment: Record<string, string>) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(path, import.meta.url))], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(String(chunk)))
  started.push(child)
}

const end = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  return child.exitCode
}

const call = async (port: number, method: string, path: string, body?: object, headers: object = {}) => {
  const answer = await fetch(`${at(port)}${path}`, {
    method,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
