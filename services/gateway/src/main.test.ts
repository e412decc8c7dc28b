import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { testRedis, waitUntil } from '@ticket-queue/testing'
import { afterAll, afterEach, expect, inject, it } from 'vitest'
import { apiKey } from './test-gateway.ts'
import { claims, newSigningKey, signToken } from './test-tokens.ts'
import { startUpstream } from './test-upstream.ts'

const redis = testRedis()
const key = newSigningKey('key-1')
const service = await startUpstream('service')
const listKeys = () =>
  startUpstream('user-internal', (app) => void app.get('/internal/keys', async () => ({ keys: [key.jwk] })))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})
afterAll(() => service.close())

function start(settings: Record<string, string>) {
  const child = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
    env: {
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
      PORT: '0',
      SIDE_PORT: '0',
      REDIS_URL: inject('stack').redisUrl,
      REDIS_KEY_PREFIX: redis.keyPrefix,
      SERVICE_API_KEY: apiKey,
      CORS_ORIGINS: 'http://localhost:3000',
      USER_URL: service.url,
      EVENT_URL: service.url,
      QUEUE_URL: service.url,
      QUEUE_INTERNAL_URL: service.url,
      RESERVATION_INTERNAL_URL: service.url,
      RESERVATION_URL: service.url,
      PAYMENT_URL: service.url,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      text += String(chunk)
    })
  }
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

async function sideOf(text: () => string): Promise<string> {
  const port = await waitUntil(() => /"sidePort":(\d+),"msg":"service started"/.exec(text())?.[1] ?? null, {
    timeoutMs: 20_000,
  })
  return `http://127.0.0.1:${port}`
}

it('the process is ready once it has keys and Redis, outlives the user service, and ends on SIGTERM', async () => {
  const user = await listKeys()
  const gateway = start({ USER_INTERNAL_URL: user.url })
  const side = await sideOf(gateway.text)
  const ready = () => fetch(`${side}/readyz`)
  await waitUntil(async () => (await ready()).status === 200, { timeoutMs: 20_000 })
  expect(await (await ready()).json()).toMatchObject({ checks: { redis: 'ok', 'public keys': 'ok' } })
  const address = /listening at (http:[^"]+)/.exec(gateway.text())?.[1] ?? ''
  const me = async () =>
    (await fetch(`${address}/users/me`, { headers: { authorization: `Bearer ${signToken(key, claims())}` } })).status
  expect(await me()).toBe(200)
  await user.close()
  expect(await me()).toBe(200)
  expect((await ready()).status).toBe(200)
  const metrics = await (await fetch(`${side}/metrics`)).text()
  expect(metrics).toContain('route="/users/*",method="GET",status="200"')
  gateway.child.kill('SIGTERM')
  expect(await gateway.ended).toBe(0)
})

it('without keys it is not ready, and answers 503 rather than letting anybody in or calling a good token bad', async () => {
  const gateway = start({ USER_INTERNAL_URL: 'http://127.0.0.1:1' })
  const side = await sideOf(gateway.text)
  expect((await fetch(`${side}/readyz`)).status).toBe(503)
  const address = /listening at (http:[^"]+)/.exec(gateway.text())?.[1] ?? ''
  const authorization = `Bearer ${signToken(key, claims())}`
  const answer = await fetch(`${address}/users/me`, { headers: { authorization } })
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'IDENTITY_UNVERIFIABLE' }])
  expect((await fetch(`${address}/events`)).status).toBe(200)
})

it('all settings that are missing or wrong are named at once', async () => {
  const gateway = start({ USER_INTERNAL_URL: 'not a url', PAYMENT_URL: '', CORS_ORIGINS: '*', TRUSTED_HOPS: '-1' })
  expect(await gateway.ended).toBe(1)
  for (const name of ['USER_INTERNAL_URL', 'PAYMENT_URL', 'CORS_ORIGINS', 'TRUSTED_HOPS']) {
    expect(gateway.text()).toContain(`  ${name} `)
  }
})
