import { createRedis } from '@ticket-queue/redis'
import { describe, expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

describe('with limits', () => {
  const gateway = testGateway({ deps: { limits: { userPerMinute: 5, ipPerMinute: 8, webhookPerMinute: 8 } } })
  const statuses = async (count: number, headers: Record<string, string>, path: string) => {
    const seen: number[] = []
    for (let at = 0; at < count; at += 1) seen.push((await fetch(`${gateway.url}${path}`, { headers })).status)
    return seen
  }

  it('each user has an allowance of their own, and junk tokens and changing addresses buy no further ones', async () => {
    const [one, other] = [gateway.as('USER'), gateway.as('USER')]
    expect(await statuses(7, one, '/users/me')).toEqual([200, 200, 200, 200, 200, 429, 429])
    expect(await statuses(1, other, '/users/me')).toEqual([200])
    const refused = await fetch(`${gateway.url}/users/me`, { headers: one })
    expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', status: 429 })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60)

    const anonymous: number[] = []
    for (let at = 0; at < 10; at += 1) {
      const headers = { authorization: `Bearer junk-${at}`, 'x-forwarded-for': `10.0.0.${at}` }
      anonymous.push((await fetch(`${gateway.url}/users/me`, { headers })).status)
    }
    expect(anonymous).toEqual([401, 401, 401, 401, 401, 401, 401, 401, 429, 429])
    const login = await fetch(`${gateway.url}/auth/login`, { method: 'POST', headers: { 'x-real-ip': '1.2.3.4' } })
    expect(login.status).toBe(429)
  })
})

describe('webhooks', () => {
  const gateway = testGateway({ deps: { limits: { userPerMinute: 1, ipPerMinute: 2, webhookPerMinute: 6 } } })
  const statuses = async (...calls: readonly (readonly [method: string, path: string])[]) => {
    const seen: number[] = []
    for (const [method, path] of calls) seen.push((await fetch(`${gateway.url}${path}`, { method })).status)
    return seen
  }

  it('the few addresses of the payment provider may send more than others, and a flood is 429', async () => {
    const others = [
      ['POST', '/auth/login'],
      ['GET', '/payments/webhook'],
      ['POST', '/payments/webhook/'],
    ] as const
    expect(await statuses(...others)).toEqual([200, 401, 429])
    const webhooks = Array.from({ length: 5 }, () => ['POST', '/payments/webhook'] as const)
    expect(await statuses(...webhooks)).toEqual([200, 200, 200, 429, 429])
    expect(gateway.upstreams.payment.seen).toHaveLength(3)
  })
})

describe('while Redis is away', () => {
  const nowhere = 'redis://127.0.0.1:1'
  const gateway = testGateway({
    deps: { limits: { userPerMinute: 1, ipPerMinute: 1, webhookPerMinute: 1 } },
    redisFor: () => createRedis({ url: nowhere, failFast: true }),
  })

  it('routes for users fail closed with 503, quickly, since nobody knows which tokens were logged out', async () => {
    const beganAt = performance.now()
    const answer = await fetch(`${gateway.url}/users/me`, { headers: gateway.as('USER') })
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'IDENTITY_UNVERIFIABLE' }])
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(performance.now() - beganAt).toBeLessThan(2000)
    expect(gateway.seen()).toBe(0)
  })

  it('public routes go on, without counting', async () => {
    for (let at = 0; at < 3; at += 1) expect((await fetch(`${gateway.url}/events`)).status).toBe(200)
  })
})
