import { createDatabase } from '@ticket-queue/database'
import { createRedis } from '@ticket-queue/redis'
import { afterAll, describe, expect, test } from 'vitest'
import { buildApp } from './app.ts'
import { doNotPayTwice } from './errors.ts'
import { shareStatements } from './share-statements.ts'
import type { Database } from './store/database.ts'
import { asUser, outcome, testPaymentService } from './test-payment-service.ts'
import { freePort } from './test-sandbox.ts'

const service = await testPaymentService()
const port = await freePort()
const database = createDatabase<Database>({ url: `postgres://nobody@127.0.0.1:${port}/none` })
const redis = createRedis({ url: `redis://127.0.0.1:${port}` })
afterAll(async () => {
  await Promise.all([database.close(), redis.close()])
})

describe('a store that is away is a 503 to try again, with the warning against paying twice (GW-017)', () => {
  test('PostgreSQL', async () => {
    const app = await buildApp({ ...service.deps, db: database.db, ...shareStatements(database.db, () => {}) })
    const purchase = await service.paid()
    const { confirm, register } = service.buyersAt(app)
    const reads = ['/payments', `/payments/${purchase.paymentId}`].map((url) =>
      app.inject({ url, headers: asUser(purchase.userId) }),
    )
    for (const answer of [
      await confirm(purchase),
      await register(await service.buyer()),
      ...(await Promise.all(reads)),
    ]) {
      expect(outcome(answer)).toBe('503 SERVICE_UNAVAILABLE')
      expect(answer.json().detail).toBe(doNotPayTwice)
      expect(answer.headers['retry-after']).toBeDefined()
      expect(answer.body).not.toContain(String(port))
    }
    await app.close()
  })

  test('Redis, and a payment that is settled is still told', async () => {
    const app = await buildApp({ ...service.deps, redis })
    const { confirm } = service.buyersAt(app)
    const [open, done] = [await service.paid(), await service.paid()]
    await service.confirm(done)
    const answer = await confirm(open)
    expect(outcome(answer)).toBe('503 SERVICE_UNAVAILABLE')
    expect(answer.json().detail).toBe(doNotPayTwice)
    expect((await confirm(done)).statusCode).toBe(200)
    await app.close()
  })
})

test('identity counts only from the gateway', async () => {
  const { userId, paymentId } = await service.paid()
  const { 'x-service-api-key': _key, ...forged } = asUser(userId)
  for (const url of ['/payments', `/payments/${paymentId}`]) {
    expect(outcome(await service.app.inject({ url, headers: forged }))).toBe('401 UNAUTHENTICATED')
    const withOtherKey = { ...forged, 'x-service-api-key': service.config.SERVICE_API_KEY }
    expect(outcome(await service.app.inject({ url, headers: withOtherKey }))).toBe('401 UNAUTHENTICATED')
  }
})

test('nothing that must stay secret is logged', async () => {
  const purchase = await service.paid({ confirm: 'MANUAL' })
  await service.confirm(purchase)
  const log = service.logged.join('')
  const secrets = [purchase.queueToken, purchase.paymentToken, service.config.PORTONE_API_SECRET]
  for (const secret of secrets) expect(log).not.toContain(secret)
})

test('the OpenAPI document shows every route and refusal', async () => {
  const document = (await service.app.inject({ url: '/openapi.json' })).json()
  expect(Object.keys(document.paths).sort()).toEqual([
    '/payments',
    '/payments/admin/dead-letters',
    '/payments/admin/dead-letters/replay',
    '/payments/admin/dead-letters/{letterId}',
    '/payments/admin/dead-letters/{letterId}/discard',
    '/payments/admin/dead-letters/{letterId}/order',
    '/payments/admin/dead-letters/{letterId}/replay',
    '/payments/admin/unsettled',
    '/payments/confirm',
    '/payments/webhook',
    '/payments/{paymentId}',
  ])
  expect(document.info.description).toContain('PAYMENT_EXISTS')
})
