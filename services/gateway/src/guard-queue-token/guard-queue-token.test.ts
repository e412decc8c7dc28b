import { expect, it } from 'vitest'
import { testGateway } from '../test-gateway.ts'

const gateway = testGateway()
const guarded = [
  ['GET', '/reservations/seats/1'],
  ['GET', '/reservations/seats/1/stream'],
  ['POST', '/reservations/hold'],
  ['PUT', '/reservations/hold/1'],
  ['POST', '/payments'],
  ['POST', '/payments/confirm'],
] as const

it.each(guarded)(
  '%s %s is refused without a queue token (GW-005) and passes it on as it is (GW-016)',
  async (method, path) => {
    const call = (headers: Record<string, string>) =>
      fetch(`${gateway.url}${path}`, { method, headers: { ...gateway.as('USER'), ...headers } })
    for (const headers of [{}, { 'x-queue-token': '' }, { 'x-queue-token': '  ' }, { x_queue_token: 'qr_x' }]) {
      const refused = await call(headers as Record<string, string>)
      expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'QUEUE_TOKEN_MISSING' }])
    }
    expect(gateway.seen()).toBe(0)
    expect((await call({ 'X-Queue-Token': 'qr_abc-DEF_123' })).status).toBe(200)
    const [seen] = [...gateway.upstreams.reservation.seen, ...gateway.upstreams.payment.seen]
    expect(seen?.headers['x-queue-token']).toBe('qr_abc-DEF_123')
  },
)

it.each(guarded)('%s %s asks for the user before it asks for the token', async (method, path) => {
  const answer = await fetch(`${gateway.url}${path}`, { method, headers: { 'x-queue-token': 'qr_x' } })
  expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'UNAUTHENTICATED' }])
})
